import { spawn } from "node:child_process";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import type { Binaries } from "./binaries.ts";
import { cannotRun } from "./cluster.ts";
import { PostgresDidNotStart } from "./errors.ts";
import type { Home } from "./home.ts";
import { giveLikeFolder } from "./owner.ts";
import { type PostmasterFile, parsePostmasterFile } from "./postmaster-file.ts";
import { commandLineOf, isAlive, isTaken } from "./process.ts";
import { PORT } from "./settings.ts";

export type EmbeddedLog = Pick<Log, "info" | "warn" | "error">;
/** Milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** What the postmaster is started with; `arguments` as `postmasterArguments` makes them. */
export interface Launch {
  readonly home: Home;
  readonly binaries: Binaries;
  readonly arguments: readonly string[];
  readonly sleep: Sleep;
  readonly log: EmbeddedLog;
}

const POLL = 10;
/** A log larger than this is put aside when PostgreSQL starts; one older log is kept. */
const LOG_BYTES = 4 * 1024 * 1024;

/** The living postmaster of a cluster, whoever started it. A pid file whose process is gone, or is another program by now, names none. */
export async function findPostmaster(cluster: string): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(cluster);
  if (!file || !(await isAlive(file.pid))) return undefined;
  const command = await commandLineOf(file.pid);
  return command?.includes(` -D ${cluster} `) ? file : undefined;
}

/** Whether a running postmaster is what we would start now: same program, same settings. */
export async function isCurrent(pid: number, launch: Launch): Promise<boolean> {
  return (await commandLineOf(pid)) === [launch.binaries.postgres, ...launch.arguments].join(" ");
}

/**
 * Starts a postmaster in a session of its own, so that what a terminal sends to this program's group does not reach
 * it, and waits until it takes connections, however long it recovers. Throws PostgresDidNotStart when it ends first.
 */
export async function startPostmaster(launch: Launch): Promise<number> {
  const { home, binaries } = launch;
  await removeStaleFiles(home);
  const log = await openLog(home.logFile);
  const { size: logStart } = await log.stat();
  const child = spawn(binaries.postgres, launch.arguments, {
    cwd: home.cluster,
    env: binaries.environment,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    ...home.owner,
  });
  let failure: Error | undefined;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  child.on("error", (error) => {
    failure = cannotRun(error);
  });
  child.unref();
  await log.close();
  while (!hasEnded() && !failure) {
    const file = await readPostmasterFile(home.cluster);
    if (file && file.pid === child.pid && file.isReady) return file.pid;
    await launch.sleep(POLL);
  }
  throw failure ?? new PostgresDidNotStart(`PostgreSQL did not start: ${await tail(home.logFile, logStart)}`);
}

/** Ends a postmaster: connections are cut, and unless `immediate`, everything is brought to disk first. Returns when it is gone. */
export async function stopPostmaster(pid: number, mode: "fast" | "immediate", sleep: Sleep): Promise<void> {
  const patience = 30_000;
  for (let waited = 0; await isAlive(pid); waited += POLL) {
    if (waited === 0) signal(pid, mode === "fast" ? "SIGINT" : "SIGQUIT");
    if (waited === patience) signal(pid, "SIGQUIT");
    await sleep(POLL);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in the meantime, which is what was wanted.
  }
}

async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  return parsePostmasterFile(await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => ""));
}

/**
 * PostgreSQL itself sees that the number in a pid file or a socket's lock is free, but takes whatever has that number now
 * for a postmaster, even one that has ended and was not collected. Removing them is safe then: it also refuses to
 * start while a backend is attached to the old shared memory.
 */
async function removeStaleFiles({ cluster, socketFolder }: Home): Promise<void> {
  if (await findPostmaster(cluster)) return;
  for (const path of [join(cluster, "postmaster.pid"), join(socketFolder, `.s.PGSQL.${PORT}.lock`)]) {
    const file = parsePostmasterFile(await readFile(path, "utf8").catch(() => ""));
    if (file && isTaken(file.pid)) await rm(path, { force: true });
  }
}

async function openLog(file: string) {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES) await rename(file, `${file}.1`);
  const log = await open(file, "a", 0o600);
  await giveLikeFolder(file);
  return log;
}

async function tail(file: string, from: number): Promise<string> {
  const text = (await readFile(file)).subarray(from).toString();
  const lines = text.split("\n").filter((line) => /FATAL|PANIC|ERROR|HINT|error/.test(line));
  return (lines.length > 0 ? lines : text.split("\n")).slice(-4).join(" ").trim() || `see ${file}`;
}
