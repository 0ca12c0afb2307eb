import type { BlobStore } from "../../platform/storage/blob-store.ts";
import type { BackupFolder } from "./backup-folder.ts";
import { readBlobList } from "./blob-list.ts";
import { readManifest } from "./manifest.ts";

export interface Pruned {
  readonly snapshots: number;
  readonly blobs: number;
}

/** Removes all snapshots but the newest `keep`, then the files that no snapshot names any more. Interrupted, it goes on next time. */
export async function prune(folder: BackupFolder, store: BlobStore, keep: number): Promise<Pruned> {
  const snapshots = await folder.list();
  const doomed = snapshots.slice(0, Math.max(0, snapshots.length - keep));
  // Everything is read before anything is removed: a damaged snapshot ends this here.
  const needed = new Set<string>();
  for (const snapshot of snapshots.slice(doomed.length)) {
    const path = folder.pathOf(snapshot);
    const { tables } = await readManifest(path);
    for await (const { blake2b } of readBlobList(path, tables)) needed.add(blake2b);
  }
  for (const snapshot of doomed) await folder.remove(snapshot);
  let blobs = 0;
  for await (const { blake2b } of store.list()) {
    if (!needed.has(blake2b) && (await store.remove(blake2b))) blobs += 1;
  }
  return { snapshots: doomed.length, blobs };
}
