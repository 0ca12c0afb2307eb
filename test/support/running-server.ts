import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  build,
  type Ended,
  eventually,
  isRunning,
  makeDataFolder,
  runCommand,
  ServerProcess,
} from "./server-process.ts";

export interface RunningServerOptions {
  /** More words of the command line, such as `--private`. */
  readonly flags?: readonly string[];
  /** An existing data folder; it is then left where it is. */
  readonly data?: string;
}

/** One line of the access log. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly agent?: string;
}

export type RunningServer = Awaited<ReturnType<typeof startServer>>;

/** The built program on a free port, with a data folder of its own and every request in its log. */
export async function startServer({ flags = [], data: given }: RunningServerOptions = {}) {
  build();
  const data = given ?? (await makeDataFolder());
  const words = ["--data", data, "--port", "0", "--workers", "1", "--access-log", "all", ...flags];
  const server = await new ServerProcess(words).ready();
  const token = (await readFile(join(data, "owner-token"), "utf8")).trim();
  const { url } = server;

  /** The supervisor, its workers and the database with its processes, also one taken over from a killed run. */
  const pids = () => [...new Set([server.pid, ...databasesOf(data)].flatMap((pid) => [pid, ...descendantsOf(pid)]))];

  async function end(signal: NodeJS.Signals, targets: readonly number[], all: readonly number[]): Promise<Ended> {
    for (const pid of targets) if (isRunning(pid)) process.kill(pid, signal);
    const ended = await server.ended;
    await eventually("every process to be gone", () => !all.some(isRunning));
    if (given === undefined) await rm(dirname(data), { recursive: true, force: true });
    return ended;
  }

  return {
    data,
    /** Ends with a slash. */
    url,
    /** Where installers look; ends with a slash. */
    simple: `${url}simple/`,
    /** Where uploads go; ends with a slash. */
    legacy: `${url}legacy/`,
    /** The owner's, for reading and uploading. */
    token,
    process: server,
    pids,
    /** The embedded database, with a process for each connection. */
    databasePids: () => databasesOf(data).flatMap((pid) => [pid, ...descendantsOf(pid)]),

    /** An address of this server with a user and a password in it. */
    withPassword(address: string, user: string, password: string): string {
      return address.replace("://", `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
    },

    /** `cheeseshop …` on the running server's data. Throws when it does not succeed. */
    async command(words: readonly string[], stdin = ""): Promise<string> {
      const { code, stdout, stderr } = await runCommand([...words, "--data", data], { stdin });
      if (code !== 0) throw new Error(`cheeseshop ${words.join(" ")} ended with ${code}: ${stderr}`);
      return stdout.trim();
    },

    /** What was asked for since the start, or since `mark` (a number that `logLength()` gave). */
    requests(mark = 0): readonly Request[] {
      return server.stderr
        .slice(mark)
        .split("\n")
        .flatMap((line) => (line.includes('"method":') ? [JSON.parse(line)] : []));
    },
    logLength: () => server.stderr.length,

    /** SIGTERM; resolves when every process is gone and the folder is removed. */
    stop(): Promise<Ended> {
      return end("SIGTERM", [server.pid], pids());
    },

    /** Kill -9 of the program's own processes: the database lives in a session of its own and goes on. */
    killProgram(): Promise<Ended> {
      const own = [server.pid, ...server.workers()];
      return end("SIGKILL", own, own);
    },

    /** Kill -9 of everything at once, the database too, as when the power goes. */
    kill(): Promise<Ended> {
      const all = pids();
      return end("SIGKILL", all, all);
    },
  };
}

/** Programs that work on a data folder besides its server; PostgreSQL names its cluster on its command line. */
function databasesOf(data: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => /postgres\0/.test(commandLineOf(pid)) && commandLineOf(pid).includes(`${data}/`));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** None when it has gone. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
