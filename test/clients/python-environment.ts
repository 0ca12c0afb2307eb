// The Python environments of the client tests: made once under .cache/clients/, again when a pin changes.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface PythonEnvironment {
  /** The `bin` folder with the newest pip, uv, twine, poetry, pdm and keyring. */
  readonly tools: string;
  /** The `bin` folder with the oldest pip that is looked after. */
  readonly oldPip: string;
}

const ROOT = join(import.meta.dirname, "../..");
const CACHE = join(ROOT, ".cache", "clients");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
/** Without it a client that was pinned breaks on the day when something that it needs moves on. */
const CONSTRAINTS = join(import.meta.dirname, "constraints.txt");
const OLD_PIP = "pip==23.2";
/** Where no registry answers, pip is not to try for minutes. */
const PATIENCE = ["--retries", "1", "--timeout", "30"];

/** The environments, or a sentence about why there are none. Making them takes about a minute. */
export const python: PythonEnvironment | string = findOrMake();

/** Set by whoever knows that there is a registry: missing clients then fail instead of being skipped. */
const isRequired = process.env["CHEESESHOP_REQUIRE_CLIENTS"] === "1";

if (typeof python === "string") {
  if (isRequired) throw new Error(`The clients are required (CHEESESHOP_REQUIRE_CLIENTS=1), and ${python}`);
  process.stderr.write(`\nSKIPPED: every test with pip, uv, twine, poetry and pdm, because ${python}\n\n`);
}

function findOrMake(): PythonEnvironment | string {
  const version = run("python3", ["-c", "import sys; print(sys.version, sys.base_prefix)"]);
  if (version.failure !== undefined) return `python3 does not run here: ${version.failure}`;
  const key = createHash("sha256");
  for (const path of [REQUIREMENTS, CONSTRAINTS]) key.update(readFileSync(path));
  key.update(OLD_PIP).update(version.stdout);
  const folder = join(CACHE, key.digest("hex").slice(0, 16));
  const done = join(folder, "complete");
  const made = { tools: join(folder, "tools", "bin"), oldPip: join(folder, "pip-23.2", "bin") };
  // An interpreter that has gone since leaves broken links behind.
  if (existsSync(done) && [made.tools, made.oldPip].every((bin) => existsSync(join(bin, "python")))) return made;

  process.stderr.write("Making the Python environment of the client tests, once; this takes about a minute.\n");
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE)) rmSync(join(CACHE, old), { recursive: true, force: true });
  const failure =
    makeVenv(join(folder, "tools"), ["--requirement", REQUIREMENTS, "--constraint", CONSTRAINTS]) ??
    makeVenv(join(folder, "pip-23.2"), [OLD_PIP]);
  if (failure !== undefined) return failure;
  writeFileSync(done, "");
  return made;
}

/** Uses the configuration of the machine's pip, which knows the registry. Returns why it did not work. */
function makeVenv(folder: string, requirements: readonly string[]): string | undefined {
  const venv = run("python3", ["-m", "venv", folder]);
  if (venv.failure !== undefined) return `no virtual environment can be made: ${venv.failure}`;
  const pip = [...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"], ...PATIENCE, ...requirements];
  const { failure } = run(join(folder, "bin", "python"), pip);
  return failure === undefined ? undefined : `pip cannot install them: ${failure}`;
}

function run(command: string, words: readonly string[]): { readonly stdout: string; readonly failure?: string } {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (status === 0) return { stdout };
  const lines = `${stdout ?? ""}\n${stderr ?? ""}`.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error/i.test(line));
  return {
    stdout: "",
    failure: error?.message ?? (errors.at(-1) ?? lines.at(-1) ?? `it ended with ${status}`).slice(0, 300),
  };
}
