import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { quietLog } from "../../test/support/log.ts";
import { createDiskStore, type DiskStore } from "../platform/storage/disk-store.ts";
import { insertBlob } from "./insert-blob.ts";
import { sweepOrphansJob } from "./jobs.ts";
import { listBlobRows } from "./queries.ts";

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

let folder = "";
let store: DiskStore;
beforeEach(async () => {
  await database.pool.query("delete from blobs");
  folder = await mkdtemp(join(tmpdir(), "cheeseshop-sweep-"));
  store = await createDiskStore(folder, { log: quietLog, minFree: 0 });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** The job as it runs so many hours from now. */
const runIn = (hours: number, signal = new AbortController().signal) =>
  sweepOrphansJob({ db: database.db, store, clock: { now: () => Temporal.Now.instant().add({ hours }) } })({}, signal);

async function keep(count: number, isKnown: boolean): Promise<void> {
  for (let number = 0; number < count; number++) {
    const kept = await store.putBytes(Buffer.from(`${isKnown ? "named" : "orphan"} ${number}`));
    if (isKnown) await database.db.transaction().execute((trx) => insertBlob(trx, store, kept));
  }
}

async function storedCount(): Promise<number> {
  return (await Array.fromAsync(store.list())).length;
}

test("what nothing names goes after a day, the rest stays", async () => {
  await keep(3, true);
  await keep(2, false);
  // A row whose bytes are lost is nothing to remove.
  const [lost] = await listBlobRows(database.db, "", 1);
  if (lost) await store.remove(lost.blake2b);
  expect(await runIn(23)).toEqual({ known: 3, removed: 0 });
  expect(await storedCount()).toBe(4);
  expect(await runIn(25)).toEqual({ known: 3, removed: 2 });
  expect(await storedCount()).toBe(2);
  expect(await runIn(25)).toEqual({ known: 3, removed: 0 });
});

test("nothing goes when most of what is stored has no row: that is another catalogue's", async () => {
  await keep(3, true);
  await keep(101, false);
  await expect(runIn(25)).rejects.toThrow("101 stored files have no row and 3 have one");
  expect(await storedCount()).toBe(104);
});

test("it stops when it is asked to", async () => {
  await keep(1, false);
  await expect(runIn(25, AbortSignal.abort(new Error("the server stops")))).rejects.toThrow("the server stops");
  expect(await storedCount()).toBe(1);
});
