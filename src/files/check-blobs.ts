import type { Measured } from "../platform/crypto/digest.ts";
import type { DigestPool } from "../platform/crypto/digest-pool.ts";
import type { Db } from "../platform/db/pool.ts";
import type { BlobStat, BlobStore } from "../platform/storage/blob-store.ts";
import { BlobMissing } from "../platform/storage/errors.ts";
import { type BlobRow, findBlobRow, listBlobRows, lockBlob, setBlobState } from "./queries.ts";

const PAGE = 1000;
const BLOCK = 256 * 1024;

/** A digest with its row, its bytes, or both. */
export interface BlobEntry {
  readonly blake2b: string;
  readonly row: BlobRow | undefined;
  readonly stored: BlobStat | undefined;
}

/**
 * Everything that rows or the store know, each digest once, in ascending order. Uploads may go on meanwhile: a row
 * without bytes is really one, bytes without a row may be an upload under way (`stored.keptAt` says how old).
 */
export async function* listBlobs(db: Db, store: BlobStore): AsyncGenerator<BlobEntry> {
  const rows = allRows(db);
  const blobs = store.list()[Symbol.asyncIterator]();
  let row = await next(rows);
  let blob = await next(blobs);
  while (row !== undefined || blob !== undefined) {
    if (blob === undefined || (row !== undefined && row.blake2b < blob.blake2b)) {
      if (row === undefined) return;
      // The folder may have been read before the bytes came: rows are always written after their bytes.
      yield { blake2b: row.blake2b, row, stored: await store.stat(row.blake2b) };
      row = await next(rows);
    } else if (row === undefined || blob.blake2b < row.blake2b) {
      yield { blake2b: blob.blake2b, row: await findBlobRow(db, blob.blake2b), stored: blob };
      blob = await next(blobs);
    } else {
      yield { blake2b: row.blake2b, row, stored: blob };
      [row, blob] = [await next(rows), await next(blobs)];
    }
  }
}

async function* allRows(db: Db): AsyncGenerator<BlobRow> {
  for (let after = ""; ; ) {
    const page = await listBlobRows(db, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.blake2b;
  }
}

async function next<T>(iterator: AsyncIterator<T>): Promise<T | undefined> {
  const { done, value } = await iterator.next();
  return done ? undefined : value;
}

/** `broken`: there are bytes, and not those. */
export type BlobVerdict = "sound" | "missing" | "broken";

/** Reads all bytes and compares their size and all three digests. */
export async function verifyBlob(store: BlobStore, digests: DigestPool, expected: Measured): Promise<BlobVerdict> {
  const reader = await store.open(expected.blake2b).catch((error: unknown) => {
    if (error instanceof BlobMissing) return undefined;
    throw error;
  });
  if (reader === undefined) return "missing";
  try {
    if (reader.size !== expected.size) return "broken";
    const digester = await digests.open(reader.size);
    try {
      let block = new Uint8Array(BLOCK);
      for (let offset = 0; offset < reader.size; offset += BLOCK) {
        const bytes = await reader.read(offset, BLOCK);
        block.set(bytes);
        block = await digester.update(block, bytes.length);
      }
      const found = await digester.finish();
      const isSame = (["blake2b", "sha256", "md5", "size"] as const).every((key) => found[key] === expected[key]);
      return isSame ? "sound" : "broken";
    } finally {
      digester.abandon();
    }
  } finally {
    await reader.close();
  }
}

/**
 * Writes down that bytes are gone or wrong, so that their addresses say 404 instead of something else, and moves wrong
 * ones aside, so that the same file can be uploaded again. Returns where they are now.
 */
export function markLost(db: Db, store: BlobStore, blake2b: string): Promise<string | undefined> {
  return db.transaction().execute(async (trx) => {
    await lockBlob(trx, blake2b);
    await setBlobState(trx, blake2b, "lost");
    return store.setAside(blake2b);
  });
}

/** Undoes `markLost` for bytes that were found sound again; false when there was nothing to undo. */
export function markFound(db: Db, blake2b: string): Promise<boolean> {
  return setBlobState(db, blake2b, "stored");
}

/**
 * Removes bytes that no row knows, or that a row says are deleted, a day or more after they were kept: what crashes leave between
 * keeping and listing, or in the middle of deleting. `before`: kept before this moment. Returns how many were removed.
 */
export async function sweepOrphans(db: Db, store: BlobStore, before: Temporal.Instant): Promise<number> {
  const isOld = (stat: BlobStat | undefined) => stat && Temporal.Instant.compare(stat.keptAt, before) < 0;
  let removed = 0;
  for await (const { blake2b, row, stored } of listBlobs(db, store)) {
    if (!isForgotten(row) || !isOld(stored)) continue;
    const isRemoved = await db.transaction().execute(async (trx) => {
      await lockBlob(trx, blake2b);
      // Under the lock nobody lists these bytes; someone may have just done so, or be about to and have touched them.
      const isFree = isForgotten(await findBlobRow(trx, blake2b)) && isOld(await store.stat(blake2b));
      return isFree === true && store.remove(blake2b);
    });
    if (isRemoved) removed++;
  }
  return removed;
}

/** No row promises these bytes to anyone. */
export function isForgotten(row: BlobRow | undefined): boolean {
  return row === undefined || row.state === "deleted";
}
