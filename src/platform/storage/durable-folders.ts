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

/** Whom the root lets in (normally nobody) may pass these. */
const INNER = 0o710;

export function createDurableFolders(disk: DiskOperations, root: string): DurableFolders {
  // One bit of knowledge per folder {aa} and {aa}/{bb}: this process has seen the folder above synced since it was there.
  // Having been made is not enough to know, another process may have made it a moment ago and not have synced yet.
  const isOuterSettled = new Uint8Array(0x100);
  const isInnerSettled = new Uint8Array(0x1_0000);
  const outerIndex = (blake2b: string) => Number.parseInt(blake2b.slice(0, 2), 16);
  const innerIndex = (blake2b: string) => Number.parseInt(blake2b.slice(0, 4), 16);
  const outer = (blake2b: string) => join(root, blake2b.slice(0, 2));
  const inner = (blake2b: string) => join(outer(blake2b), blake2b.slice(2, 4));

  /** False where there is nothing to make it in. */
  async function hasMade(folder: string): Promise<boolean> {
    try {
      await makeFolder(disk, folder, INNER);
      return true;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return false;
      throw error;
    }
  }

  return {
    async make(blake2b) {
      isInnerSettled[innerIndex(blake2b)] = 0;
      if (isOuterSettled[outerIndex(blake2b)] && (await hasMade(inner(blake2b)))) return;
      isOuterSettled[outerIndex(blake2b)] = 0;
      await makeFolder(disk, outer(blake2b), INNER);
      await makeFolder(disk, inner(blake2b), INNER);
    },
    async settle(blake2b) {
      const folders = [inner(blake2b)];
      if (!isInnerSettled[innerIndex(blake2b)]) folders.push(outer(blake2b));
      if (!isOuterSettled[outerIndex(blake2b)]) folders.push(root);
      await Promise.all(folders.map((folder) => disk.syncFolder(folder)));
      isInnerSettled[innerIndex(blake2b)] = 1;
      isOuterSettled[outerIndex(blake2b)] = 1;
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
  await disk.syncFolder(dirname(path));
}

async function makeFolder(disk: DiskOperations, path: string, mode?: number): Promise<void> {
  try {
    await disk.mkdir(path, mode);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
