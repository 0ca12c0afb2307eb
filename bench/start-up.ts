// How long servers take to start, and how much memory they take before anyone asks for anything.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { memoryOf } from "../test/support/server-process.ts";
import type { Peers } from "./entrants.ts";
import { filledIndex, fillFolder } from "./fill.ts";
import { startFilledDevpi } from "./peers/devpi.ts";
import { startOurs } from "./peers/ours.ts";
import { startPypiserver } from "./peers/pypiserver.ts";
import type { Target } from "./peers/target.ts";
import { SCRATCH } from "./places.ts";
import { sleep } from "./processes.ts";
import { say } from "./progress.ts";
import { commandOf, treeOf } from "./usage.ts";

export interface StartResult {
  readonly name: string;
  /** Milliseconds, one per start. */
  readonly startUp: readonly number[];
  /** Proportional share of memory (PSS) in bytes, two seconds after the start. */
  readonly memory: readonly number[];
  /** The part of it that is PostgreSQL's. */
  readonly databaseMemory: readonly number[];
}

const SETTLE = 2000;

export async function measureStarts(times: number, peers: Peers | undefined): Promise<readonly StartResult[]> {
  const small = await filledIndex(1000);
  const large = await filledIndex(20_000);
  let folders = 0;
  const starters: Record<string, () => Promise<Target>> = {
    "ours, empty folder": async () => {
      const data = join(SCRATCH, `first-start-${folders++}`);
      await mkdir(SCRATCH, { recursive: true, mode: 0o711 });
      return startOurs({ name: "ours, first start", data });
    },
    "ours, 1,000 files": () => startOurs({ name: "ours, 1,000 files, start", data: small.data }),
    "ours, 20,000 files": () => startOurs({ name: "ours, 20,000 files, start", data: large.data }),
  };
  const { pypiserver, devpi } = peers ?? {};
  if (pypiserver) {
    const starter = (packages: string) => () =>
      startPypiserver(pypiserver, { name: "pypiserver, start", packages, cache: false });
    starters["pypiserver, 1,000 files"] = starter(small.packages);
    starters["pypiserver, 20,000 files"] = starter(large.packages);
  }
  if (devpi) {
    const folder = join(await fillFolder(), "devpi");
    starters["devpi"] = () => startFilledDevpi(devpi, folder);
  }
  const results: StartResult[] = [];
  for (const [name, starter] of Object.entries(starters)) results.push(await measureStart(name, times, starter));
  return results;
}

async function measureStart(name: string, times: number, starter: () => Promise<Target>): Promise<StartResult> {
  say(`starting ${name}, ${times} times`);
  const startUp: number[] = [];
  const memory: number[] = [];
  const databaseMemory: number[] = [];
  for (let time = 0; time < times; time++) {
    const target = await starter();
    await sleep(SETTLE);
    const pids = target.roots.flatMap(treeOf);
    startUp.push(target.startUp);
    memory.push(memoryOf(pids));
    databaseMemory.push(memoryOf(pids.filter((pid) => commandOf(pid) === "postgres")));
    await target.stop();
  }
  return { name, startUp, memory, databaseMemory };
}
