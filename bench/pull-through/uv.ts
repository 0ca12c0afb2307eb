// What is installed, and uv to install it: into a new environment each time, with no cache and nobody's configuration.
import { spawn, spawnSync } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { python } from "../../test/clients/python-environment.ts";
import { buildWheel } from "../../test/support/distributions.ts";
import { SCRATCH } from "../places.ts";

/** A private wheel that needs these, which need two dozen projects in turn, nearly all of them pure Python. */
export const NEEDED = ["requests", "flask", "rich", "httpx", "attrs", "jsonschema"];
export const app = buildWheel({ name: "acme-private-app", requiresDist: NEEDED });

export interface Installed {
  /** Seconds of the wall clock, without the making of the environment. */
  readonly seconds: number;
  /** `name-version` of everything, sorted. */
  readonly names: readonly string[];
}

export interface Uv {
  readonly version: string;
  /** Installs `what`, a name or the path of a wheel, from this index. Throws with what uv said when it does not succeed. */
  install(index: string, what: string): Promise<Installed>;
  /** The private wheel as a file, for an index that does not have it. */
  readonly wheel: string;
}

/** Those of the client tests; a sentence about why there are none, where there are none. */
export async function openUv(surroundings: Readonly<Record<string, string>>): Promise<Uv | string> {
  if (typeof python === "string") return python;
  const { tools } = python;
  const command = join(tools, "uv");
  const folder = join(SCRATCH, "uv");
  await mkdir(folder, { recursive: true });
  const wheel = join(folder, app.filename);
  await writeFile(wheel, app.bytes);
  const env = {
    ...surroundings,
    HOME: folder,
    PATH: process.env["PATH"],
    NO_COLOR: "1",
    UV_NO_CACHE: "1",
    UV_NO_CONFIG: "1",
    UV_NO_PROGRESS: "1",
    UV_PYTHON_DOWNLOADS: "never",
  };
  let environments = 0;

  return {
    version: spawnSync(command, ["--version"], { env, encoding: "utf8" }).stdout.trim(),
    wheel,
    async install(index, what) {
      const venv = join(folder, `venv-${environments++}`);
      const made = spawnSync(command, ["venv", "--python", join(tools, "python"), venv], { env, encoding: "utf8" });
      if (made.status !== 0) throw new Error(`no environment can be made: ${made.stderr}`);
      const began = performance.now();
      // The address may hold a password: it does not go into the list of processes.
      await run(command, ["pip", "install", "--python", join(venv, "bin", "python"), what], {
        ...env,
        UV_DEFAULT_INDEX: index,
      });
      const seconds = (performance.now() - began) / 1000;
      const names = await listInstalled(venv);
      await rm(venv, { recursive: true });
      return { seconds, names };
    },
  };
}

async function run(command: string, words: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const child = spawn(command, words, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  // Without addresses, which may hold passwords.
  if (code !== 0) throw new Error(`uv ended with ${code}: ${said.replaceAll(/\w+:\/\/\S+/g, "…")}`);
}

async function listInstalled(venv: string): Promise<readonly string[]> {
  const library = join(venv, "lib");
  const [version] = await readdir(library);
  const all = await readdir(join(library, version ?? "", "site-packages"));
  return all
    .filter((name) => name.endsWith(".dist-info"))
    .map((name) => name.slice(0, -".dist-info".length))
    .sort();
}
