import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FETCHER_PROCESS, JOB_PROCESS } from "../../src/cli/fork-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "dist", "main.js");
/** Milliseconds after which something that should have happened long ago is given up. */
const PATIENCE = 60_000;
const POLL = 20;

/** Builds dist/, if the sources are newer. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/build.mjs"), "--if-needed"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The build failed: ${stderr}`);
}

/** A folder for a server's data that other users may pass, as PostgreSQL needs when the tests run as root. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cheeseshop-serve-"));
  await chmod(folder, 0o711);
  return join(folder, "data");
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program as a process of its own. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(
    words: readonly string[],
    { env = {}, cwd }: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
  ) {
    this.child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: cwd ?? tmpdir(),
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => this.child.once("close", (code, signal) => resolve({ code, signal })));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("The program did not start");
    return this.child.pid;
  }

  /** Where it says it answers; ends with a slash. */
  get url(): string {
    const url = /·\s+(https?:\/\/\S+)/.exec(this.stdout)?.[1];
    if (!url) throw new Error(`No address in: ${this.stdout}`);
    return url;
  }

  /** Waits for the banner. Throws with what it said when it ends before. */
  async ready(): Promise<this> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    await eventually("the banner", () => isOver || this.stdout.includes("Ctrl-C"));
    if (isOver) throw new Error(`The server ended: ${this.stderr}`);
    return this;
  }

  /** Process numbers of its workers. */
  workers(): readonly number[] {
    const others = [JOB_PROCESS, FETCHER_PROCESS];
    return this.programs().filter((pid) => !others.some((word) => commandLineOf(pid).includes(word)));
  }

  /** Process number of the one that does jobs; undefined while there is none. */
  jobProcess(): number | undefined {
    return this.programs().find((pid) => commandLineOf(pid).includes(JOB_PROCESS));
  }

  /** Process number of the one that asks upstreams; undefined while there is none. */
  fetcher(): number | undefined {
    return this.programs().find((pid) => commandLineOf(pid).includes(FETCHER_PROCESS));
  }

  private programs(): readonly number[] {
    return childrenOf(this.pid).filter((pid) => commandLineOf(pid).includes(PROGRAM));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGTERM, and what became of it. */
  stop(): Promise<Ended> {
    this.kill("SIGTERM");
    return this.ended;
  }
}

/** Runs a command to its end. */
export async function runCommand(
  words: readonly string[],
  options: { env?: Readonly<Record<string, string>>; stdin?: string } = {},
) {
  const command = new ServerProcess(words, options);
  command.child.stdin?.end(options.stdin ?? "");
  const { code } = await command.ended;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** Looks again and again until it is so. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(read(`/proc/${pid}/status`));
}

/** Proportional share of the memory that these processes take, in bytes. */
export function memoryOf(pids: readonly number[]): number {
  const shares = pids.map((pid) => Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1]));
  return shares.reduce((sum, share) => sum + share * 1024, 0);
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`);
}

/** Empty when the process has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
