import type { Measured } from "../platform/crypto/digest.ts";
import type { Db } from "../platform/db/pool.ts";
import { run, type Statement } from "../platform/db/statement.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { BytesVanished } from "./errors.ts";
import { shareBlobs, upsertBlobs } from "./queries.ts";

/**
 * What it takes to list bytes that the store has kept, all in the transaction that lists them: `hold`, then `mustBeThere`, since
 * the sweep of orphans may have taken old ones away before they were held, then `write`.
 */
export interface BlobRegister {
  /** Nobody removes these bytes until the transaction ends. */
  hold(blobs: readonly Measured[]): Statement;
  /** Throws BytesVanished. */
  mustBeThere(blobs: readonly Measured[]): Promise<void>;
  /** Writes their rows. */
  write(blobs: readonly Measured[]): Statement;
}

export function createBlobRegister(store: Pick<BlobStore, "stat">): BlobRegister {
  return {
    hold: (blobs) => shareBlobs(blobs.map((blob) => blob.blake2b)),
    async mustBeThere(blobs) {
      const sizes = await Promise.all(blobs.map(async (blob) => (await store.stat(blob.blake2b))?.size));
      const gone = blobs.find((blob, at) => sizes[at] !== blob.size);
      if (gone !== undefined) throw new BytesVanished(gone.blake2b);
    },
    write: upsertBlobs,
  };
}

/** All three for one blob, in a transaction of the caller's. */
export async function insertBlob(trx: Db, store: Pick<BlobStore, "stat">, blob: Measured): Promise<void> {
  if (!trx.isTransaction) throw new Error("a blob is listed inside a transaction, or the lock is gone at once");
  const register = createBlobRegister(store);
  await run(trx, register.hold([blob]));
  await register.mustBeThere([blob]);
  await run(trx, register.write([blob]));
}
