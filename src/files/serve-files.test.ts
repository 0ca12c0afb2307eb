import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { getIndex, makeIndex } from "../../test/support/factories.ts";
import { quietLog } from "../../test/support/log.ts";
import { listFile, type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import type { Index } from "../indexes/index.ts";
import type { Answer } from "../platform/http/answer.ts";
import { markFound, markLost } from "./check-blobs.ts";
import { createServeFiles } from "./serve-files.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let main: Index;
beforeAll(async () => {
  [database, disk] = await Promise.all([temporaryDatabase(), temporaryStore()]);
  main = await getIndex(database.db);
});
afterAll(() => Promise.all([database.drop(), disk.remove()]));

const get = (headers: Record<string, string> = {}) => ({ method: "GET", headers });
const header = ({ headers }: Answer, name: string) => headers[headers.indexOf(name) + 1];
const METADATA = Buffer.from(`Metadata-Version: 2.4\n${"Classifier: Topic :: Cheese\n".repeat(50)}`);

let count = 0;
/** A listed wheel with a metadata sibling, and a service that has served nothing yet. */
async function listedWheel({ size = 100, index = main, memory = 1_000_000 } = {}) {
  const bytes = randomBytes(size);
  const filename = `brie-1.${++count}-py3-none-any.whl`;
  const metadata = Buffer.concat([METADATA, Buffer.from(`${count}\n`)]);
  const { blake2b } = await listFile(database.db, disk.store, { indexId: index.id, filename, bytes, metadata });
  let time = Temporal.Instant.from("2026-10-01T00:00:00Z");
  let queries = 0;
  const clock = { now: () => time };
  const db = database.db.withPlugin({
    transformQuery({ node }) {
      queries++;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const files = createServeFiles({ db, store: disk.store, clock, log: quietLog, memory });
  return {
    files,
    bytes,
    metadata,
    address: { blake2b, filename },
    sibling: { blake2b, filename: `${filename}.metadata` },
    queries: () => queries,
    wait: (seconds: number) => {
      time = time.add({ seconds });
    },
  };
}

test("a small file comes from the database and the disk once, then from memory without waiting", async () => {
  const { files, bytes, address, queries } = await listedWheel();
  expect(files.answerNow(get(), main, address)).toBeUndefined();
  const first = await files.answer(get(), main, address);
  expect(first).toMatchObject({ status: 200, body: bytes });
  expect(header(first, "Last-Modified")).toBe("Tue, 01 Sep 2026 10:00:00 GMT");
  expect(files.answerNow(get(), main, address)).toEqual(first);
  expect(queries()).toBe(1);
});

test("a large file is sent from the disk", async () => {
  const { files, address } = await listedWheel({ size: 200_000 });
  const path = disk.store.path(address.blake2b);
  expect(await files.answer(get(), main, address)).toMatchObject({ body: { path, start: 0, end: 200_000 } });
  expect(files.answerNow(get({ range: "bytes=-10" }), main, address)).toMatchObject({
    status: 206,
    body: { path, start: 199_990, end: 200_000 },
  });
});

test("a metadata sibling is compressed for who asks", async () => {
  const { files, metadata, sibling } = await listedWheel();
  expect((await files.answer(get(), main, sibling)).body).toEqual(metadata);
  const zipped = files.answerNow(get({ "accept-encoding": "gzip, deflate" }), main, sibling);
  if (!zipped || !Buffer.isBuffer(zipped.body)) throw new Error("expected bytes in memory");
  expect(header(zipped, "Content-Encoding")).toBe("gzip");
  expect(gunzipSync(zipped.body)).toEqual(metadata);
});

test("a large metadata sibling is compressed too", async () => {
  const filename = "brie-9.0-py3-none-any.whl";
  const metadata = Buffer.alloc(300_000, "Classifier: Topic :: Cheese\n");
  const { files } = await listedWheel();
  const listed = { indexId: main.id, filename, bytes: randomBytes(10), metadata };
  const { blake2b } = await listFile(database.db, disk.store, listed);
  const address = { blake2b, filename: `${filename}.metadata` };
  const zipped = await files.answer(get({ "accept-encoding": "gzip" }), main, address);
  expect(header(zipped, "Content-Encoding")).toBe("gzip");
});

test("an address answers only below an index that lists or listed it, under the name it was listed by", async () => {
  const { files, address, sibling } = await listedWheel();
  const other = await makeIndex(database.db, `other-${count}`);
  const strange = { ...address, filename: "camembert-1.0-py3-none-any.whl" };
  const wrongBytes = { ...address, blake2b: "0".repeat(64) };
  for (const asked of [address, sibling]) {
    expect(await files.answer(get(), main, asked)).toMatchObject({ status: 200 });
    expect(await files.answer(get(), other, asked)).toMatchObject({ status: 404 });
  }
  for (const asked of [strange, wrongBytes, { ...sibling, filename: `${sibling.filename}.metadata` }]) {
    expect(await files.answer(get(), main, asked)).toMatchObject({ status: 404 });
  }
});

test("a file without a metadata sibling has none", async () => {
  const { files } = await listedWheel();
  const filename = "gouda-1.0.zip";
  const { blake2b } = await listFile(database.db, disk.store, { indexId: main.id, filename, bytes: randomBytes(9) });
  expect(await files.answer(get(), main, { blake2b, filename })).toMatchObject({ status: 200 });
  const sibling = { blake2b, filename: `${filename}.metadata` };
  expect(await files.answer(get(), main, sibling)).toMatchObject({ status: 404 });
});

test("an index that becomes private changes every answer at once", async () => {
  const { files, address } = await listedWheel();
  await files.answer(get(), main, address);
  const closed = await files.answer(get(), { ...main, isPrivate: true }, address);
  expect(header(closed, "Cache-Control")).toBe("private, no-cache");
  expect(files.answerNow(get(), { ...main, isPrivate: true }, address)).toEqual(closed);
});

test("other methods are refused without looking anything up", async () => {
  const { files, address, queries } = await listedWheel();
  expect(files.answerNow({ method: "PUT", headers: {} }, main, address)).toMatchObject({ status: 405 });
  expect(queries()).toBe(0);
});

test("twenty who ask at once cause one look-up", async () => {
  const { files, address, queries } = await listedWheel();
  const answers = await Promise.all(Array.from({ length: 20 }, () => files.answer(get(), main, address)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(queries()).toBe(1);
});

test("lost bytes are 404 within a minute, at once where it is told, and come back when they are found", async () => {
  const { files, address, sibling, bytes, wait } = await listedWheel();
  await files.answer(get(), main, address);
  const evidence = await markLost(database.db, disk.store, address.blake2b);
  expect(files.answerNow(get(), main, address)).toMatchObject({ status: 200 });
  wait(61);
  expect(files.answerNow(get(), main, address)).toBeUndefined();
  expect(await files.answer(get(), main, address)).toMatchObject({ status: 404 });
  expect(await files.answer(get(), main, sibling)).toMatchObject({ status: 200 });

  if (evidence === undefined) throw new Error("the bytes should have been moved");
  await rename(evidence, disk.store.path(address.blake2b));
  expect(await markFound(database.db, address.blake2b)).toBe(true);
  expect(await files.answer(get(), main, address)).toMatchObject({ status: 200, body: bytes });
  await markLost(database.db, disk.store, address.blake2b);
  files.forget(address.blake2b);
  expect(files.answerNow(get(), main, address)).toBeUndefined();
  expect(await files.answer(get(), main, address)).toMatchObject({ status: 404 });
});

test("a look-up that began before the bytes were lost is not remembered", async () => {
  const { files, address } = await listedWheel();
  const underWay = files.answer(get(), main, address);
  files.forget(address.blake2b);
  await underWay;
  expect(files.answerNow(get(), main, address)).toBeUndefined();
});

test("a look-up that began before something may have been missed answers nobody who asks later", async () => {
  const { files, address, queries } = await listedWheel();
  const early = files.answer(get(), main, address);
  files.askAgain();
  await Promise.all([early, files.answer(get(), main, address)]);
  expect(queries()).toBe(2);
  expect(files.answerNow(get(), main, address)).toMatchObject({ status: 200 });
  files.askAgain();
  expect(files.answerNow(get(), main, address)).toBeUndefined();
  expect(await files.answer(get(), main, address)).toMatchObject({ status: 200 });
  expect(queries()).toBe(3);
});

test("while the database is down, what is known goes on being served", async () => {
  const { address, wait, ...listed } = await listedWheel();
  let isDown = false;
  const db = database.db.withPlugin({
    transformQuery({ node }) {
      if (isDown) throw new Error("the database is down");
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  let time = Temporal.Instant.from("2026-10-01T00:00:00Z");
  const clock = { now: () => time };
  const files = createServeFiles({ db, store: disk.store, clock, log: quietLog });
  await files.answer(get(), main, address);
  isDown = true;
  time = time.add({ hours: 1 });
  files.askAgain();
  expect(await files.answer(get(), main, address)).toMatchObject({ status: 200, body: listed.bytes });
  await expect(files.answer(get(), main, listed.sibling)).rejects.toThrow("down");
});

test("memory stays within its budget", async () => {
  const { files, address } = await listedWheel({ size: 60_000, memory: 100_000 });
  const second = await listedWheel({ size: 60_000 });
  await files.answer(get(), main, address);
  await files.answer(get(), main, second.address);
  expect(files.answerNow(get(), main, address)).toBeUndefined();
  expect(files.answerNow(get(), main, second.address)).toMatchObject({ status: 200 });
});
