import { dirname, join } from "node:path";
import type { DiskOperations } from "./disk-operations.ts";
import { errorCode } from "./errors.ts";

/** The folders `{root}/{aa}/{bb}`: made when first needed, never removed, and on disk before anyone relies on them. */
export interface DurableFolders {
  /** Makes the folder of a digest, and those above it. */
  make(blake2b: string): Promise<void>;
  /** Returns when every name in the folder of a digest, and the folder itself, would survive a power cut. */
  settle(blake2b: string): Promise<void>;
}

export function createDurableFolders(disk: DiskOperations, root: string): DurableFolders {
  // One bit of knowledge per folder {aa}/{bb}: this process has seen its ancestors synced. Having been made is not
  // enough to know, another process may have made it a moment ago and not have synced yet.
  const isSettled = new Uint8Array(0x1_0000);
  const indexOf = (blake2b: string) => Number.parseInt(blake2b.slice(0, 4), 16);
  const outer = (blake2b: string) => join(root, blake2b.slice(0, 2));
  const inner = (blake2b: string) => join(outer(blake2b), blake2b.slice(2, 4));
  return {
    async make(blake2b) {
      isSettled[indexOf(blake2b)] = 0;
      await makeFolder(disk, outer(blake2b));
      await makeFolder(disk, inner(blake2b));
    },
    async settle(blake2b) {
      const ancestors = isSettled[indexOf(blake2b)] ? [] : [outer(blake2b), root];
      await Promise.all([inner(blake2b), ...ancestors].map((folder) => syncFolder(disk, folder)));
      isSettled[indexOf(blake2b)] = 1;
    },
  };
}

/** `mkdir -p`, each new folder synced into its parent. */
export async function makeFolderDurably(disk: DiskOperations, path: string): Promise<void> {
  try {
    await makeFolder(disk, path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolderDurably(disk, dirname(path));
    await makeFolder(disk, path);
  }
  await syncFolder(disk, dirname(path));
}

async function makeFolder(disk: DiskOperations, path: string): Promise<void> {
  try {
    await disk.mkdir(path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

async function syncFolder(disk: DiskOperations, path: string): Promise<void> {
  const handle = await disk.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
