import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { getIndex } from "../../test/support/factories.ts";
import { quietLog } from "../../test/support/log.ts";
import { type MirroredFileInput, makeMirror, mirrorFile, slowUpstream } from "../../test/support/mirrored-files.ts";
import { listFile, type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import { createServeFiles, insertBlob } from "../files/index.ts";
import type { AskedFile, Index, Source } from "../indexes/index.ts";
import { type Answer, textAnswer } from "../platform/http/answer.ts";
import { createColdFiles } from "./cold-files.ts";
import { createDownloads } from "./download.ts";
import { FileGone, UpstreamUnavailable } from "./errors.ts";
import { setMetadataKept, setUsed } from "./kept-queries.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let main: Index;
let mirror: Source;
let union: Index;
beforeAll(async () => {
  [database, disk] = await Promise.all([temporaryDatabase(), temporaryStore()]);
  main = await getIndex(database.db);
  mirror = await makeMirror(database.db, "up");
  union = { ...main, kind: "union", sources: [...main.sources, mirror] };
});
afterAll(() => Promise.all([database.drop(), disk.remove()]));

/** What a test left under way would hold its file open for ever. */
const downloadsOfTest: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(downloadsOfTest.splice(0).map((downloads) => downloads.close()));
});

const get = (headers: Record<string, string> = {}) => ({ method: "GET", headers });
const head = { method: "HEAD", headers: {} };
const header = ({ headers }: Answer, name: string) => headers[headers.indexOf(name) + 1];
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

let count = 0;
async function setUp(input: Partial<MirroredFileInput> = {}) {
  const bytes = randomBytes(200_000);
  const filename = `brie-1.${++count}-py3-none-any.whl`;
  const promised = { filename, sha256: sha256(bytes), size: bytes.length, ...input };
  const cold = await mirrorFile(database.db, mirror, promised);
  const upstream = slowUpstream();
  let time = Temporal.Instant.from("2026-10-01T00:00:00Z");
  const clock = { now: () => time };
  const downloads = createDownloads({ db: database.db, store: disk.store, clock, log: quietLog });
  downloadsOfTest.push(downloads);
  const asked: AskedFile[] = [];
  const refreshed: string[] = [];
  let refusal: Answer | undefined;
  let siblings = 0;
  let onRefresh = async () => {};
  let onFetched = async () => {};
  const elsewhere = createColdFiles({
    db: database.db,
    clock,
    log: quietLog,
    fetcher: {
      async refreshProject(_source, name) {
        refreshed.push(name);
        await onRefresh();
      },
      async openFile(source, file) {
        const opened = await downloads.open(source, file, upstream.client);
        await onFetched();
        return opened;
      },
      async fetchMetadataSibling() {
        siblings++;
        await onFetched();
        return true;
      },
    },
    async mayServe(_index, file) {
      asked.push(file);
      return refusal;
    },
  });
  const files = createServeFiles({ db: database.db, store: disk.store, clock, log: quietLog, elsewhere });
  const address = { blake2b: cold.address, filename: cold.filename };
  return {
    bytes,
    address,
    upstream,
    files,
    asked,
    refreshed,
    siblings: () => siblings,
    refuse: (answer: Answer | undefined) => {
      refusal = answer;
    },
    whenRefreshed: (listener: () => Promise<void>) => {
      onRefresh = listener;
    },
    whenFetched: (listener: () => Promise<void>) => {
      onFetched = listener;
    },
    async keepMetadata() {
      const kept = await disk.store.putBytes(Buffer.from("Metadata-Version: 2.4\n"));
      await database.db.transaction().execute((trx) => insertBlob(trx, disk.store, kept));
      await setMetadataKept(database.db, mirror, { ...address, address: address.blake2b }, kept.blake2b);
    },
    passTime: (duration: Temporal.DurationLike) => {
      time = time.add(duration);
    },
    /** Fetches the file, so that it is kept. */
    async warm() {
      const answer = await files.answer(get(), union, address);
      const reading = read(answer);
      upstream.body.end(bytes);
      await reading;
      while (downloads.count() > 0) await new Promise(setImmediate);
      return answer;
    },
    async lastUsed() {
      const { rows } = await database.pool.query("select last_used_at from upstream_files where filename = $1", [
        cold.filename,
      ]);
      return String(rows[0]?.last_used_at);
    },
  };
}

async function read({ body }: Answer): Promise<Buffer> {
  if (body === null || Buffer.isBuffer(body) || !("read" in body)) throw new Error("no incoming bytes");
  return Buffer.concat(await Array.fromAsync(body.read(body.start, body.end)));
}

test("a cold file comes with the head of a hosted one, and is the same answer when it is kept", async () => {
  const { bytes, address, upstream, files } = await setUp();
  upstream.announce(bytes.length);
  const cold = await files.answer(get(), union, address);
  const reading = read(cold);
  upstream.body.end(bytes);
  expect((await reading).equals(bytes)).toBe(true);
  expect(cold).toMatchObject({ status: 200, body: { start: 0, end: bytes.length } });
  expect(header(cold, "Accept-Ranges")).toBe("bytes");
  const warm = await files.answer(get(), union, address);
  expect(warm).toMatchObject({ status: 200, headers: cold.headers, body: { path: expect.any(String), end: 200_000 } });
  expect(files.answerNow(get(), union, address)).toEqual(warm);
  expect(upstream.opened).toHaveLength(1);
});

test("a part of a cold file is 206, and no more than that is sent", async () => {
  const { bytes, address, upstream, files } = await setUp();
  const part = await files.answer(get({ range: "bytes=1000-1999" }), union, address);
  expect([part.status, header(part, "Content-Range")]).toEqual([206, "bytes 1000-1999/200000"]);
  const reading = read(part);
  upstream.body.end(bytes);
  expect(await reading).toEqual(bytes.subarray(1000, 2000));
});

test("who has it, asks beyond it or only for its head costs no download", async () => {
  const { address, upstream, files } = await setUp();
  expect(await files.answer(head, union, address)).toMatchObject({ status: 200, body: { start: 0, end: 200_000 } });
  const etag = header(await files.answer(head, union, address), "ETag") ?? "";
  expect(await files.answer(get({ "if-none-match": etag }), union, address)).toMatchObject({ status: 304 });
  expect(await files.answer(get({ range: "bytes=200000-" }), union, address)).toMatchObject({ status: 416 });
  expect(upstream.opened).toEqual([]);
});

test("where the size is unknown the whole comes, whatever part was asked for", async () => {
  const { bytes, address, upstream, files } = await setUp({ size: null });
  const whole = await files.answer(get({ range: "bytes=0-9" }), union, address);
  expect(whole).toMatchObject({ status: 200, body: { end: null } });
  const reading = read(whole);
  upstream.body.end(bytes);
  expect((await reading).equals(bytes)).toBe(true);
});

test.each([
  ["is gone", new FileGone("404"), 404],
  ["cannot be had", new UpstreamUnavailable("brie", "it is down.", 7), 503],
])("a file that %s", async (_, error, status) => {
  const { address, upstream, files } = await setUp();
  upstream.fail(error);
  const answered = await files.answer(get(), union, address).catch((thrown: unknown) => thrown);
  expect(answered).toMatchObject({ status });
});

test("what may not be served is refused, cold and kept, as soon as something has changed", async () => {
  const { address, files, refuse, warm, asked } = await setUp();
  await warm();
  await files.answer(get(), union, address);
  expect(asked.at(-1)).toMatchObject({ project: "brie", filename: address.filename, isBaseline: true });
  refuse(textAnswer(404, "owned"));
  expect(files.answerNow(get(), union, address)).toMatchObject({ status: 200 });
  files.projectChanged("camembert");
  expect(files.answerNow(get(), union, address)).toMatchObject({ status: 200 });
  files.projectChanged("brie");
  expect(files.answerNow(get(), union, address)).toBeUndefined();
  expect(await files.answer(get(), union, address)).toEqual(textAnswer(404, "owned"));
  refuse(undefined);
  expect(await files.answer(get(), union, address)).toMatchObject({ status: 200 });
  refuse(textAnswer(403, "too young"));
  files.askAgain();
  expect(await files.answer(get(), union, address)).toMatchObject({ status: 403 });
  expect(await files.answer(get(), union, { ...address, filename: `${address.filename}.metadata` })).toMatchObject({
    status: 403,
  });
});

test("while the database is down, a file whose name may have changed hands is not served from memory", async () => {
  const { address, warm } = await setUp();
  await warm();
  let isDown = false;
  const db = database.db.withPlugin({
    transformQuery({ node }) {
      if (isDown) throw new Error("the database is down");
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const clock = { now: () => Temporal.Instant.from("2026-10-01T00:00:00Z") };
  const nobody = async () => {
    throw new Error("not asked");
  };
  const fetcher = { refreshProject: nobody, openFile: nobody, fetchMetadataSibling: nobody };
  const elsewhere = createColdFiles({ db, clock, log: quietLog, fetcher, mayServe: async () => undefined });
  const files = createServeFiles({ db, store: disk.store, clock, log: quietLog, elsewhere });
  await files.answer(get(), union, address);
  isDown = true;
  expect(await files.answer(get(), union, address)).toMatchObject({ status: 200 });
  files.askAgain();
  await expect(files.answer(get(), union, address)).rejects.toThrow("down");
});

test("what was uploaded here comes first, whoever mirrors the same address", async () => {
  const { address, files, asked } = await setUp();
  const bytes = randomBytes(50);
  const { blake2b } = await listFile(database.db, disk.store, { indexId: main.id, filename: address.filename, bytes });
  expect(await files.answer(get(), union, { ...address, blake2b })).toMatchObject({ status: 200, body: bytes });
  expect(asked).toEqual([]);
});

test("an index without mirrors has nothing of theirs, and a mirror nothing of its union's", async () => {
  const { address, files, warm, refreshed } = await setUp();
  await warm();
  expect(await files.answer(get(), main, address)).toMatchObject({ status: 404 });
  expect(refreshed).toEqual([]);
  const alone: Index = { ...union, id: mirror.id, name: "up", kind: "mirror", sources: [mirror] };
  expect(await files.answer(get(), alone, address)).toMatchObject({ status: 200 });
});

test("an address of a project that nobody has looked at yet is found by looking, unless the name is ours", async () => {
  const { files, refreshed, whenRefreshed, refuse } = await setUp();
  const filename = "Gouda_Holland-1.0-py3-none-any.whl";
  let address = { blake2b: "ab".repeat(32), filename };
  expect(await files.answer(get(), union, address)).toMatchObject({ status: 404 });
  expect(refreshed).toEqual(["gouda-holland"]);
  refuse(textAnswer(404, "owned"));
  expect(await files.answer(get(), union, address)).toMatchObject({ status: 404 });
  expect(refreshed).toHaveLength(1);
  refuse(undefined);
  whenRefreshed(async () => {
    const found = await mirrorFile(database.db, mirror, { filename, project: "gouda-holland", size: 10 });
    address = { ...address, blake2b: found.address };
  });
  await files.answer(get(), union, { blake2b: "cd".repeat(32), filename });
  whenRefreshed(async () => {});
  expect(await files.answer(head, union, address)).toMatchObject({ status: 200 });
  expect(await files.answer(get(), union, { ...address, filename: "no-version" })).toMatchObject({ status: 404 });
});

test("nobody looks for a file of a longer name than any can have", async () => {
  const { files, refreshed } = await setUp();
  const filename = `${"gouda".repeat(60)}-1.0-py3-none-any.whl`;
  for (const name of [filename, `${filename}.metadata`]) {
    expect(await files.answer(get(), union, { blake2b: "ab".repeat(32), filename: name })).toMatchObject({
      status: 404,
    });
  }
  expect(refreshed).toEqual([]);
});

test.each(["", ".metadata"])(
  "of a name that becomes ours meanwhile no file%s is served that was waited for",
  async (end) => {
    const { files, address, refuse, whenFetched, keepMetadata } = await setUp({ hasMetadata: true });
    const asked = { ...address, filename: address.filename + end };
    whenFetched(async () => {
      await keepMetadata();
      refuse(textAnswer(404, "owned"));
    });
    expect(await files.answer(get(), union, asked)).toMatchObject({ status: 404 });
    refuse(undefined);
    whenFetched(async () => {});
    expect(await files.answer(get(), union, asked)).toMatchObject({ status: 200 });
  },
);

test("the last use of a kept file moves once an hour at most", async () => {
  const { address, files, warm, passTime, lastUsed } = await setUp();
  await warm();
  expect(await lastUsed()).toBe("2026-10-01T00:00:00Z");
  const late = Temporal.Instant.from("2026-10-01T00:59:00Z");
  await setUsed(database.db, mirror, { address: address.blake2b, ...address }, late, late.subtract({ hours: 1 }));
  expect(await lastUsed()).toBe("2026-10-01T00:00:00Z");
  passTime({ minutes: 61 });
  await files.answer(get(), union, address);
  while ((await lastUsed()) !== "2026-10-01T01:01:00Z") await new Promise(setImmediate);
});

test("a wheel's sibling is asked for once it is wanted, and 404 where there is none; an sdist without one has none", async () => {
  const { address, files, siblings } = await setUp();
  const sibling = { ...address, filename: `${address.filename}.metadata` };
  expect(await files.answer(get(), union, sibling)).toMatchObject({ status: 404 });
  expect(siblings()).toBe(1);
  const sdist = await setUp({ filename: `brie-1.${count}.tar.gz` });
  const none = { ...sdist.address, filename: `${sdist.address.filename}.metadata` };
  expect(await sdist.files.answer(get(), union, none)).toMatchObject({ status: 404 });
  expect(sdist.siblings()).toBe(0);
});
