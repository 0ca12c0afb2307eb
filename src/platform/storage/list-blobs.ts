import { join } from "node:path";
import { isBlake2b, type StoredBlob } from "./blob-store.ts";
import type { DiskOperations } from "./disk-operations.ts";
import { errorCode } from "./errors.ts";

/** Walks `{root}/{aa}/{bb}/{rest}` in ascending order of digest, from the first greater than `after`; one folder of names in memory. */
export async function* listBlobs(disk: DiskOperations, root: string, after: string): AsyncGenerator<StoredBlob> {
  for (const outer of await names(disk, root)) {
    if (outer < after.slice(0, 2)) continue;
    for (const inner of await names(disk, join(root, outer))) {
      if (outer + inner < after.slice(0, 4)) continue;
      for (const rest of await names(disk, join(root, outer, inner))) {
        const blake2b = outer + inner + rest;
        if (!isBlake2b(blake2b) || blake2b <= after) continue;
        const found = await unlessMissing(disk.stat(join(root, outer, inner, rest)));
        if (!found) continue;
        yield {
          blake2b,
          size: found.size,
          keptAt: Temporal.Instant.fromEpochMilliseconds(Math.floor(found.ctimeMs)),
        };
      }
    }
  }
}

async function names(disk: DiskOperations, folder: string): Promise<readonly string[]> {
  return ((await unlessMissing(disk.readdir(folder))) ?? []).sort();
}

/** Something else (a stray file, a folder removed meanwhile) is nothing to list. */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
