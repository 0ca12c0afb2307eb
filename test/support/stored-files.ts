import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { insertBlob } from "../../src/files/index.ts";
import type { Measured } from "../../src/platform/crypto/digest.ts";
import type { Db } from "../../src/platform/db/pool.ts";
import { createDiskStore, type DiskStore, type DiskStoreDeps } from "../../src/platform/storage/disk-store.ts";
import { quietLog } from "./log.ts";

export interface TemporaryStore {
  readonly store: DiskStore;
  readonly root: string;
  /** Ends the store and removes its folder. */
  remove(): Promise<void>;
}

/** A disk store in a folder of its own, which does not care how full the disk is. */
export async function temporaryStore(deps: Partial<DiskStoreDeps> = {}): Promise<TemporaryStore> {
  const root = await mkdtemp(join(tmpdir(), "cheeseshop-store-"));
  const store = await createDiskStore(root, { log: quietLog, minFree: 0, ...deps });
  return {
    store,
    root,
    async remove() {
      await store.close();
      await rm(root, { recursive: true });
    },
  };
}

export interface ListedFile {
  readonly indexId: string;
  readonly filename: string;
  readonly bytes: Buffer;
  readonly metadata?: Buffer;
  readonly at?: Temporal.Instant;
}

/** Stores bytes and lists them under a name, without a project around them. */
export async function listFile(db: Db, store: DiskStore, file: ListedFile): Promise<Measured> {
  const blob = await store.putBytes(file.bytes);
  const sibling = file.metadata && (await store.putBytes(file.metadata));
  await db.transaction().execute(async (trx) => {
    await insertBlob(trx, store, blob);
    if (sibling) await insertBlob(trx, store, sibling);
    await trx
      .insertInto("used_filenames")
      .values({
        index_id: file.indexId,
        filename: file.filename,
        blob: Buffer.from(blob.blake2b, "hex"),
        metadata_blob: sibling ? Buffer.from(sibling.blake2b, "hex") : null,
        first_used_at: file.at ?? Temporal.Instant.from("2026-09-01T10:00:00Z"),
      })
      .execute();
  });
  return blob;
}
