// How often the disk below a folder can be asked to keep something: what bounds uploads, whoever receives them.
import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Per second. */
export interface DiskRates {
  /** Overwriting 8 KB of a file that has its size, as the database does with its log. */
  readonly overwrites: readonly number[];
  /** A new file of 4 KB, synced, and its folder, synced: the least that keeping an upload's bytes takes. */
  readonly newFiles: readonly number[];
}

const BLOCK = Buffer.alloc(8192, 1);
const BLOCKS = 256;

export function measureDisk(folder: string, rounds: number): DiskRates {
  mkdirSync(folder, { recursive: true });
  const overwrites: number[] = [];
  const newFiles: number[] = [];
  const log = openSync(join(folder, "log"), "w");
  for (let at = 0; at < BLOCKS; at++) writeSync(log, BLOCK, 0, BLOCK.length, at * BLOCK.length);
  fsyncSync(log);
  for (let round = 0; round < rounds; round++) {
    overwrites.push(
      rateOf(200, (at) => {
        writeSync(log, BLOCK, 0, BLOCK.length, (at % BLOCKS) * BLOCK.length);
        fdatasyncSync(log);
      }),
    );
    newFiles.push(rateOf(50, (at) => keepNewFile(folder, `file-${round}-${at}`)));
  }
  closeSync(log);
  rmSync(folder, { recursive: true });
  return { overwrites, newFiles };
}

function keepNewFile(folder: string, name: string): void {
  const file = openSync(join(folder, name), "w");
  writeSync(file, BLOCK, 0, 4096);
  fsyncSync(file);
  closeSync(file);
  const names = openSync(folder, "r");
  fsyncSync(names);
  closeSync(names);
}

function rateOf(times: number, act: (at: number) => void): number {
  const began = performance.now();
  for (let at = 0; at < times; at++) act(at);
  return times / ((performance.now() - began) / 1000);
}
