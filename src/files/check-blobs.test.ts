import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import { createDigestPool } from "../platform/crypto/digest-pool.ts";
import { BlobConflict } from "../platform/storage/errors.ts";
import { listBlobs, markLost, sweepOrphans, verifyBlob } from "./check-blobs.ts";
import { markDeleted, removeDeleted } from "./delete-blobs.ts";
import { BytesVanished } from "./errors.ts";
import { insertBlob } from "./insert-blob.ts";
import { findBlobRow, lockBlob } from "./queries.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
const digests = createDigestPool(1);
beforeAll(async () => {
  database = await temporaryDatabase();
});
beforeEach(async () => {
  await database.db.deleteFrom("blobs").execute();
  disk = await temporaryStore();
  return () => disk.remove();
});
afterAll(() => Promise.all([database.drop(), digests.close()]));

const insert = (blob: Parameters<typeof insertBlob>[2]) =>
  database.db.transaction().execute((trx) => insertBlob(trx, disk.store, blob));

async function stored(size = 50) {
  const blob = await disk.store.putBytes(randomBytes(size));
  await insert(blob);
  return blob;
}

async function overwrite(blake2b: string, bytes: Buffer): Promise<void> {
  await chmod(disk.store.path(blake2b), 0o644);
  await writeFile(disk.store.path(blake2b), bytes);
}

describe("rows of bytes", () => {
  test("bytes may be listed by many at once, and have one row", async () => {
    const blob = await disk.store.putBytes(randomBytes(50));
    await Promise.all(Array.from({ length: 5 }, () => insert(blob)));
    expect(await findBlobRow(database.db, blob.blake2b)).toEqual({ ...blob, state: "stored" });
  });

  test("a row is never written without its bytes", async () => {
    const blob = await disk.store.putBytes(randomBytes(50));
    await disk.store.remove(blob.blake2b);
    await expect(insert(blob)).rejects.toThrow(BytesVanished);
    await expect(insert(blob)).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "1" } });
    expect(await findBlobRow(database.db, blob.blake2b)).toBeUndefined();
  });

  test("a lock outside a transaction would protect nothing, and is refused", async () => {
    const blob = await disk.store.putBytes(randomBytes(50));
    await expect(insertBlob(database.db, disk.store, blob)).rejects.toThrow("inside a transaction");
  });

  test("lost bytes that are uploaded again are stored again", async () => {
    const bytes = randomBytes(50);
    const blob = await disk.store.putBytes(bytes);
    await insert(blob);
    await overwrite(blob.blake2b, Buffer.from("broken"));
    await expect(disk.store.putBytes(bytes)).rejects.toThrow(BlobConflict);
    expect(await markLost(database.db, disk.store, blob.blake2b)).toContain(blob.blake2b);
    expect(await findBlobRow(database.db, blob.blake2b)).toMatchObject({ state: "lost" });
    await insert(await disk.store.putBytes(bytes));
    expect(await findBlobRow(database.db, blob.blake2b)).toMatchObject({ state: "stored" });
    expect(await verifyBlob(disk.store, digests, blob)).toBe("sound");
  });
});

describe("rows against bytes", () => {
  test("every digest is told once, in order, with its row, its bytes or both", async () => {
    const expected = new Map<string, string>();
    for (let count = 0; count < 30; count++) {
      const { blake2b } = await stored();
      expected.set(blake2b, "both");
      if (count % 3 === 1) {
        await disk.store.remove(blake2b);
        expected.set(blake2b, "row");
      }
      if (count % 3 === 2) {
        await database.db.deleteFrom("blobs").where("blake2b", "=", Buffer.from(blake2b, "hex")).execute();
        expected.set(blake2b, "bytes");
      }
    }
    const entries = await Array.fromAsync(listBlobs(database.db, disk.store));
    const found = entries.map(({ blake2b, row, stored }) => [blake2b, row ? (stored ? "both" : "row") : "bytes"]);
    expect(found).toEqual([...expected].sort());
  });

  test("an upload in the middle of the walk is not taken for a loss", async () => {
    const { store } = disk;
    const blob = await store.putBytes(randomBytes(50));
    await insert(blob);
    const blind = { ...store, list: async function* () {} };
    expect(await Array.fromAsync(listBlobs(database.db, blind))).toMatchObject([
      { blake2b: blob.blake2b, stored: { size: 50 } },
    ]);
  });

  test.each([
    ["sound", async () => {}],
    ["missing", (blake2b: string) => disk.store.remove(blake2b)],
    ["broken", (blake2b: string) => overwrite(blake2b, randomBytes(10))],
    ["broken", (blake2b: string) => overwrite(blake2b, randomBytes(600_000))],
  ] as const)("bytes are found %s", async (verdict, harm) => {
    const blob = await stored(600_000);
    await harm(blob.blake2b);
    expect(await verifyBlob(disk.store, digests, blob)).toBe(verdict);
  });

  test("bytes whose row has another digest of them are broken", async () => {
    const blob = await stored();
    expect(await verifyBlob(disk.store, digests, { ...blob, md5: "0".repeat(32) })).toBe("broken");
  });
});

describe("orphans", () => {
  const tomorrow = () => Temporal.Now.instant().add({ hours: 24 });
  const yesterday = () => Temporal.Now.instant().subtract({ hours: 24 });

  test("old bytes without a row are removed, all others stay", async () => {
    const listed = await stored();
    const orphan = await disk.store.putBytes(randomBytes(50));
    expect(await sweepOrphans(database.db, disk.store, yesterday())).toBe(0);
    expect(await disk.store.stat(orphan.blake2b)).toBeDefined();
    expect(await sweepOrphans(database.db, disk.store, tomorrow())).toBe(1);
    expect(await disk.store.stat(orphan.blake2b)).toBeUndefined();
    expect(await disk.store.stat(listed.blake2b)).toBeDefined();
  });

  test("bytes that a row says are deleted are what a crash left of deleting them", async () => {
    const listed = await stored();
    const deleted = await stored();
    expect(await markDeleted(database.db, deleted.blake2b)).toBe(true);
    expect(await markDeleted(database.db, deleted.blake2b)).toBe(false);
    expect(await sweepOrphans(database.db, disk.store, yesterday())).toBe(0);
    expect(await sweepOrphans(database.db, disk.store, tomorrow())).toBe(1);
    expect(await disk.store.stat(deleted.blake2b)).toBeUndefined();
    expect(await disk.store.stat(listed.blake2b)).toBeDefined();
    expect(await removeDeleted(database.db, disk.store, listed.blake2b)).toBe(false);
  });

  test("an orphan that was kept once more since it was seen stays", async () => {
    const { store } = disk;
    const { blake2b } = await store.putBytes(randomBytes(50));
    const asSeenBefore = {
      ...store,
      async *list() {
        for await (const blob of store.list()) yield { ...blob, keptAt: Temporal.Instant.fromEpochMilliseconds(0) };
      },
    };
    expect(await sweepOrphans(database.db, asSeenBefore, yesterday())).toBe(0);
    expect(await store.stat(blake2b)).toBeDefined();
  });

  test("an orphan that is being listed at that moment stays", async () => {
    const orphan = await disk.store.putBytes(randomBytes(50));
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: isInserted, resolve: inserted } = Promise.withResolvers<void>();
    const listing = database.db.transaction().execute(async (trx) => {
      await insertBlob(trx, disk.store, orphan);
      inserted();
      await mayCommit;
    });
    await isInserted;
    const sweep = sweepOrphans(database.db, disk.store, tomorrow());
    await isWaitingForLock();
    commit();
    await listing;
    expect(await sweep).toBe(0);
    expect(await disk.store.stat(orphan.blake2b)).toBeDefined();
  });

  test("who lists an orphan while it is being removed is told to send it again", async () => {
    const orphan = await disk.store.putBytes(randomBytes(50));
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
    const removal = database.db.transaction().execute(async (trx) => {
      await lockBlob(trx, orphan.blake2b);
      locked();
      await mayCommit;
      await disk.store.remove(orphan.blake2b);
    });
    await isLocked;
    const listing = insert(orphan);
    const outcome = expect(listing).rejects.toThrow(BytesVanished);
    await isWaitingForLock();
    commit();
    await removal;
    await outcome;
  });

  /** Returns when somebody in this database waits for an advisory lock. */
  async function isWaitingForLock(): Promise<void> {
    const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    while ((await database.pool.query(waiting)).rowCount === 0);
  }
});
