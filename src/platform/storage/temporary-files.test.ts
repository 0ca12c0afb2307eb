import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { quietLog } from "../../../test/support/log.ts";
import { nodeDisk } from "./disk-operations.ts";
import { createTemporaryFiles } from "./temporary-files.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cheeseshop-tmp-"));
});
afterEach(() => rm(folder, { recursive: true }));

const LIVE = 1_111_111;
const NOW = Temporal.Now.instant();

function files() {
  const clock = { now: () => NOW };
  return createTemporaryFiles({ disk: nodeDisk, folder, clock, log: quietLog, isRunning: (pid) => pid === LIVE });
}

/** A name as a process of this machine, or of another one, would have made it. */
async function nameOf({ pid, elsewhere = false }: { pid: number; elsewhere?: boolean }): Promise<string> {
  const own = await files().create();
  await own.remove();
  const [machine, , random] = basename(own.path).split("-");
  return `${elsewhere ? "00000000" : machine}-${pid}-${random}`;
}

const minutes = (count: number) => count * 60;
const HALF_A_DAY = minutes(12 * 60);
const DAY_AND_A_BIT = minutes(24 * 60 + 1);

test.each([
  ["of a process that has ended", { pid: 2_222_222 }, 1, true],
  ["of a process that runs", { pid: LIVE }, HALF_A_DAY, false],
  ["of a process that runs, from yesterday", { pid: LIVE }, DAY_AND_A_BIT, true],
  ["of this process", { pid: process.pid }, 0, false],
  ["of an earlier process with our number, as every start of a container has", { pid: process.pid }, HALF_A_DAY, true],
  ["of another machine", { pid: 2_222_222, elsewhere: true }, HALF_A_DAY, false],
  ["of another machine, from yesterday", { pid: 2_222_222, elsewhere: true }, DAY_AND_A_BIT, true],
])("a file %s is swept or not", async (_what, maker, age, isSwept) => {
  const path = join(folder, await nameOf(maker));
  await writeFile(path, "");
  const changed = NOW.epochMilliseconds / 1000 - age;
  await utimes(path, changed, changed);
  expect(await files().sweep()).toBe(isSwept ? 1 : 0);
  expect(await readdir(folder)).toHaveLength(isSwept ? 0 : 1);
});

test.skipIf(process.platform !== "linux")("a file of a process that nobody has collected yet is swept", async () => {
  // The shell becomes a program that never asks what became of its child, which ends only after that.
  const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
    await expect.poll(() => readFile(`/proc/${pid}/stat`, "utf8"), { timeout: 10_000 }).toMatch(/\) Z /);
    await writeFile(join(folder, await nameOf({ pid })), "");
    const { sweep } = createTemporaryFiles({ disk: nodeDisk, folder, clock: { now: () => NOW }, log: quietLog });
    expect(await sweep()).toBe(1);
  } finally {
    parent.kill();
  }
});

test("a file with a name that is not ours stays for a day", async () => {
  await writeFile(join(folder, "notes.txt"), "");
  expect(await files().sweep()).toBe(0);
  await utimes(join(folder, "notes.txt"), 0, 0);
  expect(await files().sweep()).toBe(1);
});
