// Every process that the benchmark starts, so that all of them end with it, however it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isRunning } from "../test/support/server-process.ts";
import { SCRATCH } from "./places.ts";
import { treeOf } from "./usage.ts";

/** Milliseconds a server gets to end by itself. */
const GRACE = 20_000;
/** Milliseconds to wait for a server's first answer: pypiserver reads 20,000 files before it. */
const PATIENCE = 120_000;
const POLL = 10;

const roots = new Set<number>();

export interface Started {
  readonly pid: number;
  /** Milliseconds from the start to the first good answer at `url`. Throws with the log's place when it ends before. */
  answering(url: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a server that says what it has to say in a file of the run's folder. */
export function start(
  name: string,
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Started {
  mkdirSync(SCRATCH, { recursive: true });
  const logFile = join(SCRATCH, `${name.replaceAll(/\W+/g, "-")}.log`);
  const log = createWriteStream(logFile);
  const began = performance.now();
  const child = spawn(command, words, {
    cwd: SCRATCH,
    env: { PATH: process.env["PATH"], HOME: SCRATCH, LANG: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  child.on("error", (error) => log.write(`${error.message}\n`));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  return {
    pid: adopt(child),
    async answering(url) {
      while (!(await isAnswering(url))) {
        if (!isRunning(pid)) throw new Error(`${name} ended before it answered: see ${logFile}`);
        if (performance.now() - began > PATIENCE) throw new Error(`${name} does not answer: see ${logFile}`);
        await sleep(POLL);
      }
      return performance.now() - began;
    },
    stop: () => stopTree(pid),
  };
}

/** Takes care that this process ends with the benchmark. Returns its number. */
export function adopt({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("a process did not start");
  roots.add(pid);
  return pid;
}

/** SIGTERM to the process; whatever of its tree is left after a while is killed. */
export async function stopTree(pid: number): Promise<void> {
  roots.delete(pid);
  const all = treeOf(pid);
  signal(pid, "SIGTERM");
  for (const end = performance.now() + GRACE; all.some(isRunning) && performance.now() < end; ) await sleep(POLL);
  for (const one of all.filter(isRunning)) signal(one, "SIGKILL");
}

export async function stopEverything(): Promise<void> {
  await Promise.all([...roots].map(stopTree));
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    const { ok, body } = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    await body?.cancel();
    return ok;
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
