import { sep } from "node:path";
import { shorten } from "../platform/config/load.ts";
import type { Config } from "../platform/config/resolve.ts";
import { needsTrust } from "./addresses.ts";

export interface BannerFacts {
  readonly version: string;
  /** Where people reach the server; ends with a slash. */
  readonly url: string;
  readonly config: Pick<Config, "data" | "databaseUrl" | "uploadUrl" | "private" | "preset" | "readOnly" | "offline">;
  /** Indexes that the main one stands in front of; without credentials. */
  readonly upstreams: readonly string[];
  readonly cwd: string;
  /** Such as 18. */
  readonly postgresMajor: number;
  /** Only at the first start. */
  readonly ownerToken?: string;
}

/** What a start says on standard output. A first one has lines to paste; later ones say where the server is, and nothing secret. */
export function banner({ version, url, config, upstreams, cwd, postgresMajor, ownerToken }: BannerFacts): string {
  const upload = config.uploadUrl ?? `${url}legacy/`;
  const database = `PostgreSQL ${postgresMajor} ${config.databaseUrl === undefined ? "embedded" : "of yours"}`;
  const traits = [
    `${config.preset} rules`,
    config.private && "private",
    config.readOnly && "read-only",
    config.offline && "offline",
  ].filter(Boolean);
  const head = [
    `Cheeseshop ${version}  ·  ${url}`,
    `data in ${near(config.data, cwd)} (${database}, files on disk)  ·  ${traits.join(", ")}`,
    ...upstreams.map((upstream) => `what nobody uploaded here comes from ${upstream}`),
  ];
  const body =
    ownerToken === undefined
      ? [`upload to ${upload}  ·  install from ${url}simple/`]
      : [
          "",
          `Your upload token (also in ${shorten(config.data, cwd)}/owner-token, shown only now):`,
          `  export TOKEN=${ownerToken}`,
          "",
          `Upload     twine upload --repository-url ${upload} -u __token__ -p $TOKEN dist/*`,
          `           uv publish --publish-url ${upload} -t $TOKEN`,
          ...installLines(`${url}simple/`, config.private),
        ];
  const tail = ["", `Press Ctrl-C to stop. Settings: npx --no-install cheeseshop config · Help: ${url}help/`];
  return `\n${[...head, ...body, ...tail].map((line) => (line ? `  ${line}` : "")).join("\n")}\n\n`;
}

function installLines(simple: string, isPrivate: boolean): readonly string[] {
  const address = isPrivate ? simple.replace("://", "://__token__:$TOKEN@") : simple;
  const trust = needsTrust(simple) ? ` --trusted-host ${new URL(simple).hostname}` : "";
  return [`Install    pip install -i ${address}${trust} NAME`, `           uv pip install --index-url ${address} NAME`];
}

function near(path: string, cwd: string): string {
  const short = shorten(path, cwd);
  return short.startsWith(sep) || short === "." ? short : `.${sep}${short}`;
}
