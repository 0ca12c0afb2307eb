import type { Measured } from "../platform/crypto/digest.ts";
import type { Db } from "../platform/db/pool.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { BytesVanished } from "./errors.ts";
import { lockBlob, upsertBlob } from "./queries.ts";

/**
 * Writes the row of bytes that the store has kept, inside the transaction that lists them. Looks at the store again
 * under the digest's lock, because the sweep of orphans may have taken old ones away since. Throws BytesVanished.
 */
export async function insertBlob(trx: Db, store: BlobStore, blob: Measured): Promise<void> {
  await lockBlob(trx, blob.blake2b, "shared");
  const stored = await store.stat(blob.blake2b);
  if (stored?.size !== blob.size) throw new BytesVanished(blob.blake2b);
  await upsertBlob(trx, blob);
}
