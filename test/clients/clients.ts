// The clients as people run them, in surroundings where nothing of this machine's configuration counts and nothing but
// the server under test can be reached.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe } from "vitest";
import { type PythonEnvironment, python } from "./python-environment.ts";

/** What a client said and how it ended. */
export interface Outcome {
  readonly code: number | null;
  /** Standard output and standard error as they came, mixed, without colours. */
  readonly text: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

export type Run = (words: readonly string[], options?: RunOptions) => Promise<Outcome>;
export type Clients = ReturnType<typeof createClients>;

/** A group of tests with clients; skipped where there are none, which python-environment.ts has told then. */
export function describeClients(name: string, define: () => void): void {
  describe.skipIf(typeof python === "string")(name, define);
}

/** Clients with a home folder of their own, so that what one group of tests writes there is not another's. */
export function createClients() {
  if (typeof python === "string") throw new Error(python);
  const { tools, oldPip }: PythonEnvironment = python;
  const home = mkdtempSync(join(tmpdir(), "cheeseshop-clients-"));
  let venvs = 0;
  const program = (path: string, ...first: readonly string[]): Run => {
    return (words, options) => runClient(path, [...first, ...words], { cwd: home, ...options }, home, tools);
  };
  const writeHomeFile = (name: string, text: string): string => {
    const path = join(home, name);
    // Clients warn of, or refuse, secrets that others could read.
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    home,
    pip: program(join(tools, "python"), "-m", "pip"),
    oldPip: program(join(oldPip, "python"), "-m", "pip"),
    uv: program(join(tools, "uv")),
    twine: program(join(tools, "twine")),
    poetry: program(join(tools, "poetry")),
    pdm: program(join(tools, "pdm")),
    keyring: program(join(tools, "keyring")),
    /** Writes a file in the home folder and returns its path. */
    writeHomeFile,

    /** An empty virtual environment to install into. */
    makeVenv() {
      const folder = join(home, `venv-${++venvs}`);
      const { status, stderr } = spawnSync(join(tools, "python"), ["-m", "venv", "--without-pip", folder]);
      if (status !== 0) throw new Error(`No virtual environment: ${stderr}`);
      const interpreter = join(folder, "bin", "python");
      return { folder, interpreter, run: program(interpreter) };
    },

    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

async function runClient(
  path: string,
  words: readonly string[],
  { env, cwd, stdin }: RunOptions,
  home: string,
  tools: string,
): Promise<Outcome> {
  const child = spawn(path, words, { cwd, env: { ...surroundings(home, tools), ...env }, stdio: "pipe" });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  child.stdin.on("error", () => {}).end(stdin ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { code, text: stripVTControlCharacters(text).replace(/ +$/gm, "") };
}

/** All of the environment that a client gets. */
function surroundings(home: string, tools: string): Readonly<Record<string, string>> {
  // Whoever wants to reach another host finds nobody there; loopback goes without the proxy.
  const nobody = "http://127.0.0.1:9";
  return {
    HOME: home,
    PATH: [tools, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
    LANG: "C.UTF-8",
    // No line of a message is broken, none is coloured.
    COLUMNS: "1000",
    NO_COLOR: "1",
    // Nothing compiled beside the sources that clients load from this folder.
    PYTHONDONTWRITEBYTECODE: "1",
    http_proxy: nobody,
    https_proxy: nobody,
    no_proxy: "127.0.0.1",
    PIP_CONFIG_FILE: "/dev/null",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_CACHE_DIR: "1",
    PIP_NO_INPUT: "1",
    PIP_RETRIES: "0",
    UV_NO_CACHE: "1",
    UV_NO_CONFIG: "1",
    UV_PYTHON_DOWNLOADS: "never",
    UV_HTTP_RETRIES: "0",
    TWINE_NON_INTERACTIVE: "1",
    POETRY_NO_INTERACTION: "1",
    POETRY_VIRTUALENVS_IN_PROJECT: "true",
    PDM_CHECK_UPDATE: "0",
    // Unless a test says otherwise no client asks the keyring of whoever runs the tests.
    PYTHON_KEYRING_BACKEND: "keyring.backends.null.Keyring",
  };
}
