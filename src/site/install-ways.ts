import { isLoopback } from "../platform/config/addresses.ts";

/** How one tool installs from an index: lines to paste, in order. */
export interface InstallWay {
  readonly id: "pip" | "uv" | "poetry" | "pdm";
  readonly lines: readonly string[];
  /** What to do once where reading needs a token, which is written `TOKEN`. */
  readonly access: { readonly how: string; readonly lines: readonly string[] };
}

export interface InstallFrom {
  readonly indexName: string;
  /** Whole address of the simple index. */
  readonly simpleUrl: string;
}

/** Lines for a requirement such as `brie` or `brie==1.0`, for each tool we name. */
export function installWays({ indexName, simpleUrl }: InstallFrom, requirement: string): readonly InstallWay[] {
  const url = new URL(simpleUrl);
  const wanted = quoted(requirement);
  const source = indexName === "main" ? "cheeseshop" : indexName;
  // pip refuses plain http anywhere but on this machine.
  const isTrusted = url.protocol === "https:" || isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  const trust = isTrusted ? "" : `--trusted-host ${url.host} `;
  const netrc = {
    how: "Put your token into the file .netrc in your home folder:",
    lines: [`machine ${url.hostname} login __token__ password TOKEN`],
  };
  return [
    { id: "pip", lines: [`pip install --index-url ${simpleUrl} ${trust}${wanted}`], access: netrc },
    { id: "uv", lines: [`uv pip install --index-url ${simpleUrl} ${wanted}`], access: netrc },
    {
      id: "poetry",
      lines: [
        `poetry source add --priority=explicit ${source} ${simpleUrl}`,
        `poetry add --source ${source} ${wanted}`,
      ],
      access: { how: "Give Poetry your token first:", lines: [`poetry config http-basic.${source} __token__ TOKEN`] },
    },
    {
      id: "pdm",
      lines: [`pdm config --local pypi.url ${simpleUrl}`, `pdm add ${wanted}`],
      access: {
        how: "Give PDM your token first:",
        lines: ["pdm config --local pypi.username __token__", "pdm config --local pypi.password TOKEN"],
      },
    },
  ];
}

/** For a shell: an epoch's `!` would be replaced by some command of yesterday. */
function quoted(requirement: string): string {
  return /^[\w.=+-]+$/.test(requirement) ? requirement : `'${requirement}'`;
}
