// Bytes that can be had again elsewhere are deleted in two steps, so that a crash between them leaves at most bytes too many: first
// the row says so, then, when everyone has heard it, the bytes go. Whoever keeps them again meanwhile undoes the first step.
import type { Db } from "../platform/db/pool.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { findBlobRow, isUploaded, lockBlob, setBlobState } from "./queries.ts";

/** False for bytes that were uploaded somewhere: those stay, and for bytes that are not stored. */
export function markDeleted(db: Db, blake2b: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await lockBlob(trx, blake2b);
    const row = await findBlobRow(trx, blake2b);
    if (row?.state !== "stored" || (await isUploaded(trx, blake2b))) return false;
    return setBlobState(trx, blake2b, "deleted");
  });
}

/** Removes the bytes, unless they were kept again since they were marked. */
export function removeDeleted(db: Db, store: BlobStore, blake2b: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await lockBlob(trx, blake2b);
    return (await findBlobRow(trx, blake2b))?.state === "deleted" && store.remove(blake2b);
  });
}
