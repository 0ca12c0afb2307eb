import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { getIndex } from "../../test/support/factories.ts";
import { quietLog } from "../../test/support/log.ts";
import { makeMirror, mirrorFile, slowUpstream } from "../../test/support/mirrored-files.ts";
import { listFile, type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import { insertBlob, markDeleted } from "../files/index.ts";
import type { Source } from "../indexes/index.ts";
import { digestBytes } from "../platform/crypto/digest.ts";
import { createDownloads } from "./download.ts";
import { createEviction } from "./evict.ts";
import { findPromisedFiles } from "./kept-queries.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let mirror: Source;
let time = Temporal.Instant.from("2026-10-01T00:00:00Z");
const clock = { now: () => time };
beforeAll(async () => {
  [database, disk] = await Promise.all([temporaryDatabase(), temporaryStore()]);
  mirror = await makeMirror(database.db, "up");
});
afterAll(() => Promise.all([database.drop(), disk.remove()]));
beforeEach(() => database.pool.query("delete from upstream_files"));

const SIZE = 1000;
let count = 0;
/** Fetches files one after the other, an hour apart. */
async function keep(files: readonly Buffer[]) {
  const upstream = slowUpstream();
  const downloads = createDownloads({ db: database.db, store: disk.store, clock, log: quietLog });
  const kept = [];
  for (const bytes of files) {
    const file = await mirrorFile(database.db, mirror, { filename: `brie-${++count}.tar.gz` });
    const opening = downloads.open(mirror, file, upstream.client);
    const before = upstream.opened.length;
    while (upstream.opened.length === before) await new Promise(setImmediate);
    upstream.body.end(bytes);
    await buffer((await opening).read(0));
    kept.push(file);
    time = time.add({ hours: 1 });
  }
  return { kept, upstream, downloads };
}

function evictionOf(limit: number, onGone: (blake2b: string) => Promise<unknown> = async () => {}) {
  const timers: (() => void)[] = [];
  const announced: string[] = [];
  const eviction = createEviction({
    db: database.db,
    store: disk.store,
    clock,
    log: quietLog,
    limit,
    async announceGone(blake2b) {
      announced.push(blake2b);
      await onGone(blake2b);
    },
    later(_milliseconds, callback) {
      timers.push(callback);
      return () => timers.splice(timers.indexOf(callback), 1);
    },
  });
  return { eviction, timers, announced };
}

const isKept = async (file: { address: string; filename: string }) =>
  (await findPromisedFiles(database.db, [mirror.id], file))[0]?.blob !== null;
const some = (number: number) => Array.from({ length: number }, () => randomBytes(SIZE));

test("what was used longest ago goes first, until the rest fits; it is announced before it goes, and can come again", async () => {
  const files = some(5);
  const { kept, upstream, downloads } = await keep(files);
  await database.pool.query("update upstream_files set last_used_at = $1 where filename = $2", [
    time.subtract({ minutes: 10 }).toString(),
    kept[0]?.filename,
  ]);
  const there: boolean[] = [];
  const { eviction, announced } = evictionOf(3 * SIZE, async (blake2b) => {
    there.push((await disk.store.stat(blake2b)) !== undefined);
  });
  await eviction.evict();
  expect(await Promise.all(kept.map(isKept))).toEqual([true, false, false, true, true]);
  expect(there).toEqual([true, true]);
  for (const blake2b of announced) expect(await disk.store.stat(blake2b)).toBeUndefined();
  await eviction.evict();
  expect(announced).toHaveLength(2);

  const again = kept[1];
  if (again === undefined) throw new Error("no second file");
  const opening = downloads.open(mirror, again, upstream.client);
  const before = upstream.opened.length;
  while (upstream.opened.length === before) await new Promise(setImmediate);
  upstream.body.end(files[1]);
  expect(await buffer((await opening).read(0))).toEqual(files[1]);
  expect(await isKept(again)).toBe(true);
});

test("bytes that were uploaded as well, as a file or as metadata, are not counted and never go", async () => {
  const [asFile = randomBytes(1), asMetadata = randomBytes(1)] = some(2);
  const index = await getIndex(database.db);
  const uploaded = await listFile(database.db, disk.store, {
    indexId: index.id,
    filename: "brie-1.0-py3-none-any.whl",
    bytes: asFile,
    metadata: asMetadata,
  });
  const { kept } = await keep([asFile, asMetadata, ...some(1)]);
  await evictionOf(0).eviction.evict();
  expect(await Promise.all(kept.map(isKept))).toEqual([true, true, false]);
  expect(await disk.store.stat(uploaded.blake2b)).toMatchObject({ size: SIZE });
  // Also when they are uploaded after it was looked what could go.
  expect(await markDeleted(database.db, uploaded.blake2b)).toBe(false);
  expect(await markDeleted(database.db, (await digestBytes(asMetadata)).blake2b)).toBe(false);
});

test("bytes that are uploaded while they are on their way out stay", async () => {
  const [bytes = randomBytes(1)] = some(1);
  const { kept } = await keep([bytes]);
  const { eviction, announced } = evictionOf(0, async () => {
    const again = await disk.store.putBytes(bytes);
    await database.db.transaction().execute((trx) => insertBlob(trx, disk.store, again));
  });
  await eviction.evict();
  expect(announced).toHaveLength(1);
  expect(await disk.store.stat(announced[0] ?? "")).toMatchObject({ size: SIZE });
  expect(await Promise.all(kept.map(isKept))).toEqual([true]);
});

test("what was asked for a moment ago stays, however little room there is", async () => {
  const { kept } = await keep(some(1));
  time = time.subtract({ minutes: 59 });
  await evictionOf(0).eviction.evict();
  expect(await Promise.all(kept.map(isKept))).toEqual([true]);
  time = time.add({ hours: 1 });
});

test("many files that come at once are one reason to look", async () => {
  const { kept } = await keep(some(2));
  const { eviction, timers } = evictionOf(0);
  eviction.noteKept();
  eviction.noteKept();
  expect(timers).toHaveLength(1);
  timers[0]?.();
  await eviction.close();
  expect(await Promise.all(kept.map(isKept))).toEqual([false, false]);
  eviction.noteKept();
  expect(timers).toHaveLength(2);
});
