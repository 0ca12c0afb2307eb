import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { recordingLog } from "../../test/support/log.ts";
import { type MirroredFileInput, makeMirror, mirrorFile, slowUpstream } from "../../test/support/mirrored-files.ts";
import { type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import type { Source } from "../indexes/index.ts";
import { createDownloads } from "./download.ts";
import { FileGone, UpstreamTrouble, UpstreamUnavailable } from "./errors.ts";
import { findPromisedFiles } from "./kept-queries.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let mirror: Source;
beforeAll(async () => {
  [database, disk] = await Promise.all([temporaryDatabase(), temporaryStore()]);
});
afterAll(() => Promise.all([database.drop(), disk.remove()]));
let turn = 0;
beforeEach(async () => {
  mirror = await makeMirror(database.db, `up-${++turn}`);
});

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const unfinished = () => readdir(join(disk.root, "tmp"));
const MEGABYTE = 1024 * 1024;

async function setUp(input: Partial<MirroredFileInput> & { readonly bytes?: Buffer } = {}) {
  const { bytes = randomBytes(MEGABYTE), ...rest } = input;
  const promised = { filename: "brie-1.0-py3-none-any.whl", sha256: sha256(bytes), size: bytes.length, ...rest };
  const file = await mirrorFile(database.db, mirror, promised);
  const upstream = slowUpstream();
  upstream.announce(bytes.length);
  let time = Temporal.Instant.from("2026-10-01T00:00:00Z");
  const { log, lines } = recordingLog();
  const downloads = createDownloads({ db: database.db, store: disk.store, clock: { now: () => time }, log });
  const row = async () => (await findPromisedFiles(database.db, [mirror.id], file))[0];
  return {
    bytes,
    file,
    upstream,
    downloads,
    lines,
    row,
    open: () => downloads.open(mirror, file, upstream.client),
    passTime: (seconds: number) => {
      time = time.add({ seconds });
    },
    isKept: async () => (await row())?.blob !== null,
  };
}

/** What comes of a stream: its bytes, and whether it broke off. */
async function take(stream: Readable): Promise<{ bytes: Buffer; error: unknown }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error };
  }
}

/** Resolves when so many bytes have come. */
async function until(stream: Readable, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= count) return Buffer.concat(chunks);
  }
  throw new Error(`it ended after ${size} bytes`);
}

test("fifty who ask at once cause one request, and each gets every byte", async () => {
  const { bytes, upstream, open, row } = await setUp({ bytes: randomBytes(4 * MEGABYTE) });
  const files = await Promise.all(Array.from({ length: 50 }, open));
  const readers = files.map((file) => buffer(file.read(0)));
  upstream.body.end(bytes);
  for (const read of await Promise.all(readers)) expect(read.equals(bytes)).toBe(true);
  expect(upstream.opened).toHaveLength(1);
  expect(await row()).toMatchObject({ blob: { size: bytes.length }, sha256: sha256(bytes) });
  expect(await unfinished()).toEqual([]);
});

test("whoever waits reads along, but not the last 64 KiB before all was found right", async () => {
  const { bytes, upstream, open } = await setUp();
  const file = await open();
  const stream = file.read(0);
  upstream.body.write(bytes.subarray(0, 300_000));
  expect(await until(stream, 262_144)).toEqual(bytes.subarray(0, 262_144));
  const early = file.read(bytes.length - 70_000);
  upstream.body.write(bytes.subarray(300_000));
  expect((await until(early, 70_000 - 65_536)).length).toBe(70_000 - 65_536);
  upstream.body.end();
  expect((await buffer(early)).length).toBe(65_536);
  expect(await buffer(stream)).toEqual(bytes.subarray(262_144));
});

test("a range that begins far behind waits until the download has got there", async () => {
  const { bytes, upstream, open } = await setUp();
  const file = await open();
  const part = buffer(file.read(500_000, 600_000));
  upstream.body.write(bytes.subarray(0, 400_000));
  upstream.body.end(bytes.subarray(400_000));
  expect(await part).toEqual(bytes.subarray(500_000, 600_000));
});

test("a reader who takes nothing holds up neither the download nor others", async () => {
  const { bytes, upstream, open, isKept } = await setUp({ bytes: randomBytes(5 * MEGABYTE) });
  const file = await open();
  const slow = file.read(0);
  slow.pause();
  const fast = buffer(file.read(0));
  upstream.body.end(bytes);
  expect((await fast).equals(bytes)).toBe(true);
  expect(await isKept()).toBe(true);
  expect((await buffer(slow)).equals(bytes)).toBe(true);
});

test("when everybody has gone the download goes on, and the next who asks gets what was kept", async () => {
  const { bytes, upstream, open, downloads } = await setUp();
  const file = await open();
  file.read(0).destroy();
  upstream.body.end(bytes);
  while (downloads.count() > 0) await new Promise(setImmediate);
  expect(await buffer((await open()).read(0))).toEqual(bytes);
  expect(upstream.opened).toHaveLength(1);
});

test.each<[string, Partial<MirroredFileInput>]>([
  ["SHA-256", { sha256: "0".repeat(64) }],
  ["another digest", { otherHashes: { md5: "0".repeat(32) } }],
])(
  "wrong %s: everyone is cut off, nothing is kept, an alarm is logged, and it is not asked for again at once",
  async (_, wrong) => {
    const { bytes, upstream, open, isKept, lines, passTime } = await setUp(wrong);
    const file = await open();
    const readers = [take(file.read(0)), take(file.read(bytes.length - 10)), take(file.read(0, 1000))];
    upstream.body.end(bytes);
    const [whole, last, first] = await Promise.all(readers);
    expect(whole?.error).toMatchObject({ name: "DownloadFailed" });
    expect(whole?.bytes.length).toBeLessThanOrEqual(bytes.length - 65_536);
    expect(last).toMatchObject({ bytes: Buffer.alloc(0), error: { name: "DownloadFailed" } });
    expect(first?.bytes.length).toBe(1000);
    expect(await isKept()).toBe(false);
    expect(await unfinished()).toEqual([]);
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { alarm: "wrong-digest", project: "brie", file: "brie-1.0-py3-none-any.whl" } },
    ]);
    expect(lines.find(({ level }) => level === "error")?.message).toMatch(/[0-9a-f]{32} instead of 0{32}/);

    await expect(open()).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "30" } });
    expect(upstream.opened).toHaveLength(1);
    passTime(31);
    await open();
    expect(upstream.opened).toHaveLength(2);
    upstream.body.destroy(new UpstreamTrouble("truncated", "gone"));
  },
);

test("a small file is held back whole", async () => {
  const { bytes, upstream, open } = await setUp({ bytes: randomBytes(1000), sha256: "0".repeat(64) });
  const read = take((await open()).read(0));
  upstream.body.end(bytes);
  expect(await read).toMatchObject({ bytes: Buffer.alloc(0), error: { name: "DownloadFailed" } });
});

test.each([
  ["fewer bytes than announced", 400_000, "truncated"],
  ["more bytes than announced", MEGABYTE + 1, "wrong-digest"],
])("%s: cut off, nothing is kept", async (_, count) => {
  const { upstream, open, isKept } = await setUp();
  const read = take((await open()).read(0));
  upstream.body.end(randomBytes(count));
  expect((await read).error).toMatchObject({ name: "DownloadFailed" });
  expect(await isKept()).toBe(false);
  expect(await unfinished()).toEqual([]);
});

test("another length than the index promises is refused before anything is sent", async () => {
  const { upstream, open, lines } = await setUp();
  upstream.announce(5);
  await expect(open()).rejects.toThrow(UpstreamUnavailable);
  expect(upstream.body.destroyed).toBe(true);
  expect(lines).toMatchObject([{ level: "error", fields: { alarm: "wrong-digest" } }]);
});

test("a connection that breaks is no end", async () => {
  const { bytes, upstream, open, isKept } = await setUp({ size: null });
  upstream.announce(null);
  const file = await open();
  expect(file.size).toBeNull();
  const read = take(file.read(0));
  upstream.body.write(bytes.subarray(0, 500_000));
  upstream.body.destroy(new UpstreamTrouble("truncated", "the connection broke"));
  expect((await read).error).toMatchObject({ message: expect.stringContaining("the connection broke") });
  expect(await isKept()).toBe(false);
  expect(await unfinished()).toEqual([]);
});

test("what the index does not say is known afterwards, and the page is told", async () => {
  const { bytes, upstream, open, row } = await setUp({ sha256: null, size: null });
  upstream.announce(null);
  const file = await open();
  const read = buffer(file.read(0));
  upstream.body.end(bytes);
  expect((await read).equals(bytes)).toBe(true);
  expect(file.size).toBe(bytes.length);
  expect(await row()).toMatchObject({ sha256: sha256(bytes), size: bytes.length });
  const { rows } = await database.pool.query(
    "select j.action, p.last_serial = j.serial as moved from journal j join upstream_projects p using (index_id, normalized_name) where j.index_id = $1",
    [mirror.id],
  );
  expect(rows).toEqual([{ action: "mirror", moved: true }]);
});

test("an upstream that cannot be asked is 503 with its own Retry-After; one that has no such file is FileGone", async () => {
  const { upstream, open } = await setUp();
  upstream.fail(new UpstreamTrouble("too-many-requests", "it asks for patience", { retryAfter: 7 }));
  await expect(open()).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "7" } });
  upstream.fail(new FileGone("404"));
  await expect(open()).rejects.toThrow(FileGone);
});

test("sixteen come at once from one upstream, the others wait for their turn", async () => {
  const upstream = slowUpstream();
  const { log } = recordingLog();
  const downloads = createDownloads({
    db: database.db,
    store: disk.store,
    clock: { now: () => Temporal.Now.instant() },
    log,
  });
  const bytes = Array.from({ length: 18 }, () => randomBytes(100));
  const opening = bytes.map(async (content, at) => {
    const filename = `brie-${at}-py3-none-any.whl`;
    const file = await mirrorFile(database.db, mirror, { filename, sha256: sha256(content) });
    return downloads.open(mirror, file, upstream.client);
  });
  while (upstream.opened.length < 16) await new Promise(setImmediate);
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
  expect(upstream.opened).toHaveLength(16);
  for (let at = 0; at < 18; at++) {
    while (upstream.opened.length <= at) await new Promise(setImmediate);
    const { url, body } = upstream.opened[at] ?? { url: "", body: upstream.body };
    body.end(bytes[Number(/brie-(\d+)/.exec(url)?.[1])]);
  }
  for (const [at, file] of (await Promise.all(opening)).entries()) {
    expect(await buffer(file.read(0))).toEqual(bytes[at]);
  }
});

test("closing breaks off what is under way and leaves nothing", async () => {
  const { bytes, upstream, open, downloads } = await setUp();
  const read = take((await open()).read(0));
  upstream.body.write(bytes.subarray(0, 500_000));
  await downloads.close();
  expect((await read).error).toMatchObject({ name: "DownloadFailed" });
  expect(await unfinished()).toEqual([]);
});

test("a full disk is 503", async () => {
  const { file, upstream } = await setUp();
  const full = await temporaryStore({ minFree: Number.MAX_SAFE_INTEGER });
  const { log } = recordingLog();
  const clock = { now: () => Temporal.Now.instant() };
  const downloads = createDownloads({ db: database.db, store: full.store, clock, log });
  await expect(downloads.open(mirror, file, upstream.client)).rejects.toMatchObject({
    status: 503,
    headers: { "Retry-After": "60" },
  });
  expect(upstream.opened).toEqual([]);
  await full.remove();
});

test("who asks for one file more than can wait in line is told to come back, and who asks for one of those waits with them", async () => {
  const { downloads, upstream } = await setUp();
  const open = (number: number) => {
    const address = number.toString(16).padStart(64, "0");
    return downloads.open(mirror, { address, filename: "brie-1.0.tar.gz" }, upstream.client);
  };
  const waiting = Array.from({ length: 1000 }, (_, number) => open(number).catch((error: unknown) => error));
  await expect(open(1000)).rejects.toThrow(UpstreamUnavailable);
  await expect(open(999)).rejects.toThrow(FileGone);
  for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(FileGone);
  await expect(open(1000)).rejects.toThrow(FileGone);
});
