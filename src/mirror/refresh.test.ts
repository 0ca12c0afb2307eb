import { createHash } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeEach, expect, test } from "vitest";
import { temporaryDatabase } from "../../test/support/database.ts";
import { recordingLog } from "../../test/support/log.ts";
import type { Source } from "../indexes/index.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import { UpstreamTrouble, UpstreamUnavailable } from "./errors.ts";
import { findPage } from "./page-queries.ts";
import { createRefresh } from "./refresh.ts";
import type { PageAnswer, Validators } from "./upstream-client.ts";
import type { ListedFile, UpstreamPage } from "./upstream-page.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());
const { db } = database;

const brie = normalizeName("brie");
const hex = (text: string) => createHash("sha256").update(text).digest("hex");
const seconds = (count: number) => Temporal.Duration.from({ seconds: count });

let mirrors = 0;
let source: Source;
let now: Temporal.Instant;
let answers: (PageAnswer | Error)[];
let asked: Validators[];
let logged: ReturnType<typeof recordingLog>;

beforeEach(async () => {
  const name = `upstream-${++mirrors}`;
  const { rows } = await sql<{ id: string }>`
    insert into indexes (name, kind) values (${name}, 'mirror') returning id`.execute(db);
  source = { id: rows[0]?.id ?? "", name, kind: "mirror" };
  now = Temporal.Instant.from("2026-05-04T10:00:00.123456Z");
  answers = [];
  asked = [];
  logged = recordingLog();
});

/** One of the processes that talk to upstreams. */
function makeRefresh(answer: () => Promise<PageAnswer> = nextAnswer) {
  return createRefresh({
    db,
    clock: { now: () => now },
    log: logged.log,
    clientOf: () => ({
      getPage: (_, known) => {
        asked.push(known);
        return answer();
      },
    }),
    freshFor: seconds(600),
    absentFor: seconds(60),
  }).refreshProject;
}

async function nextAnswer(): Promise<PageAnswer> {
  const answer = answers.shift();
  if (answer === undefined) throw new Error("nobody expected another question");
  if (answer instanceof Error) throw answer;
  return answer;
}

function file(overrides: Partial<ListedFile> = {}): ListedFile {
  const filename = overrides.filename ?? "brie-1.0-py3-none-any.whl";
  return {
    filename,
    url: `https://files.test/${filename}`,
    hashes: { sha256: hex(filename) },
    size: 1000,
    uploadedAt: "2026-01-02T03:04:05.000600Z",
    requiresPython: ">=3.9",
    isYanked: false,
    yankedReason: "",
    hasMetadata: true,
    metadataSha256: hex(`metadata of ${filename}`),
    provenance: null,
    ...overrides,
  };
}

const sdist = file({ filename: "brie-1.0.tar.gz", hasMetadata: false, metadataSha256: null });

function page(overrides: Partial<UpstreamPage> = {}, validators: Partial<Validators> = {}): PageAnswer {
  return {
    kind: "page",
    page: { displayName: "Brie", serial: null, status: "active", statusReason: null, files: [file()], ...overrides },
    validators: { etag: '"1"', lastModified: null, ...validators },
  };
}

/** Asks again as soon as what is known has expired. */
async function refreshWith(...next: (PageAnswer | Error)[]): Promise<void> {
  for (const answer of next) {
    answers = [answer];
    now = now.add(seconds(3600));
    await makeRefresh()(source, brie);
  }
}

const known = () => findPage(db, { indexId: source.id, name: brie });
const shownFiles = async () => (await known())?.files.map(({ filename }) => filename);

async function journal() {
  const { rows } = await sql<{ serial: number; name: string; action: string; change: object; project_id: unknown }>`
    select serial, name, action, change, project_id from journal where index_id = ${source.id} order by serial`.execute(
    db,
  );
  return rows;
}

test("what an upstream lists is known after the first question, on both clocks", async () => {
  answers = [page({ files: [file(), sdist] })];
  await makeRefresh()(source, brie);
  const firstSeenAt = "2026-05-04T10:00:00.123456Z";
  const upstream = { requiresPython: ">=3.9", isYanked: false, yankedReason: "", provenance: null };
  const common = {
    version: "1.0",
    size: 1000,
    blake2b: null,
    md5: null,
    comment: null,
    uploadedAt: "2026-01-02T03:04:05.000600Z",
  };
  const [line] = await journal();
  expect(await known()).toEqual({
    state: "found",
    displayName: "Brie",
    status: "active",
    statusReason: null,
    serial: line?.serial,
    checkedAt: now,
    freshUntil: now.add(seconds(600)),
    failure: null,
    files: [
      {
        ...common,
        filename: "brie-1.0-py3-none-any.whl",
        sha256: hex("brie-1.0-py3-none-any.whl"),
        metadataSha256: hex("metadata of brie-1.0-py3-none-any.whl"),
        packagetype: "bdist_wheel",
        pythonVersion: "py3",
        upstream: {
          ...upstream,
          address: hex("brie-1.0-py3-none-any.whl"),
          firstSeenAt,
          isBaseline: true,
          hasMetadata: true,
        },
      },
      {
        ...common,
        filename: "brie-1.0.tar.gz",
        sha256: hex("brie-1.0.tar.gz"),
        metadataSha256: null,
        packagetype: "sdist",
        pythonVersion: "source",
        upstream: { ...upstream, address: hex("brie-1.0.tar.gz"), firstSeenAt, isBaseline: true, hasMetadata: false },
      },
    ],
  });
  expect(await journal()).toEqual([
    { serial: expect.any(Number), name: "Brie", action: "mirror", change: {}, project_id: null },
  ]);
});

test("what is fresh is not asked for again, and what has expired is, with what the last answer said of itself", async () => {
  const refresh = makeRefresh();
  answers = [page({}, { etag: '"a"', lastModified: "Mon, 04 May 2026 09:00:00 GMT" }), { kind: "unchanged" }];
  await refresh(source, brie);
  now = now.add(seconds(599));
  await refresh(source, brie);
  expect(asked).toEqual([{ etag: null, lastModified: null }]);
  now = now.add(seconds(1));
  await refresh(source, brie);
  expect(asked.at(-1)).toEqual({ etag: '"a"', lastModified: "Mon, 04 May 2026 09:00:00 GMT" });
  expect(await known()).toMatchObject({ checkedAt: now, freshUntil: now.add(seconds(600)) });
  expect(await journal()).toHaveLength(1);
});

test("absence is remembered for a shorter time, and nobody is told of it", async () => {
  const refresh = makeRefresh();
  answers = [{ kind: "absent" }, page()];
  await refresh(source, brie);
  now = now.add(seconds(59));
  await refresh(source, brie);
  expect(await known()).toMatchObject({ state: "absent", files: [], serial: 0 });
  expect(await journal()).toEqual([]);
  now = now.add(seconds(1));
  await refresh(source, brie);
  expect(asked).toHaveLength(2);
  // Seen for the first time all the same: what it lists now need not be new.
  expect((await known())?.files[0]?.upstream).toMatchObject({ isBaseline: true, firstSeenAt: now.toString() });
});

const other = file({ filename: "brie-1.1.tar.gz" });
const renewed = (change: Partial<ListedFile>) => page({ files: [file(change), sdist] });

test.each<[what: string, isVisible: boolean, answer: PageAnswer, look?: object]>([
  ["the same page", false, renewed({})],
  ["the same page in another order", false, page({ files: [sdist, file()] })],
  ["another ETag", false, page({ files: [file(), sdist] }, { etag: '"2"' })],
  ["a higher serial", false, page({ files: [file(), sdist], serial: 9 })],
  ["another place of a file", false, renewed({ url: "https://elsewhere.test/brie-1.0-py3-none-any.whl" })],
  ["one more digest", false, renewed({ hashes: { ...file().hashes, sha1: "a".repeat(40) } })],
  ["no size any more", false, renewed({ size: null }), { size: 1000 }],
  ["no upload time any more", false, renewed({ uploadedAt: null }), { uploadedAt: "2026-01-02T03:04:05.000600Z" }],
  ["no digest any more", false, renewed({ hashes: {} }), { sha256: hex("brie-1.0-py3-none-any.whl") }],
  ["no spelling of the name any more", false, page({ files: [file(), sdist], displayName: "brie" })],
  ["an impossible spelling of the name", false, page({ files: [file(), sdist], displayName: "Edam" })],
  ["a signature beside the files", false, page({ files: [file(), sdist, file({ filename: "brie-1.0.tar.gz.asc" })] })],
  ["a file of another project", false, page({ files: [file(), sdist, file({ filename: "edam-1.0.tar.gz" })] })],
  ["a file that is named twice", false, page({ files: [file(), sdist, file({ size: 2 })] }), { size: 1000 }],
  ["a reason for nothing", false, renewed({ yankedReason: "mould" }), { upstream: { yankedReason: "" } }],
  ["a new file", true, page({ files: [file(), sdist, other] })],
  ["a file less", true, page({ files: [file()] })],
  ["no files", true, page({ files: [] })],
  ["a yank", true, renewed({ isYanked: true }), { upstream: { isYanked: true, yankedReason: "" } }],
  ["a yank with its reason", true, renewed({ isYanked: true, yankedReason: "mould" })],
  ["another Requires-Python", true, renewed({ requiresPython: ">=3.10" }), { upstream: { requiresPython: ">=3.10" } }],
  ["no Requires-Python", true, renewed({ requiresPython: null }), { upstream: { requiresPython: null } }],
  ["provenance", true, renewed({ provenance: "https://index.test/p" })],
  ["another size", true, renewed({ size: 1001 }), { size: 1001 }],
  ["another upload time", true, renewed({ uploadedAt: "2026-01-02T03:04:06.000000Z" })],
  ["an MD5 digest", true, renewed({ hashes: { ...file().hashes, md5: "b".repeat(32) } }), { md5: "b".repeat(32) }],
  ["another digest of the metadata", true, renewed({ metadataSha256: hex("x") }), { metadataSha256: hex("x") }],
  ["another spelling of the name", true, page({ files: [file(), sdist], displayName: "BRIE" })],
  ["another status", true, page({ files: [file(), sdist], status: "archived" })],
  ["a reason for the status", true, page({ files: [file(), sdist], statusReason: "no milk" })],
])("%s: a line in the journal: %s", async (_, isVisible, answer, look) => {
  await refreshWith(page({ files: [file(), sdist] }), answer);
  const lines = await journal();
  expect(lines).toHaveLength(isVisible ? 2 : 1);
  const after = await known();
  expect(after).toMatchObject({ checkedAt: now, serial: lines.at(-1)?.serial });
  if (look) expect(after?.files.find(({ filename }) => filename === file().filename)).toMatchObject(look);
  expect(logged.lines).toEqual([]);
});

test("a file that comes later is no baseline, and one that goes and comes back keeps its first sight", async () => {
  await refreshWith(page(), page({ files: [file(), other] }));
  const seen = now.toString();
  await refreshWith(page(), page({ files: [file(), other] }));
  const files = (await known())?.files.map(({ upstream }) => [upstream.isBaseline, upstream.firstSeenAt]);
  expect(files).toEqual([
    [true, "2026-05-04T11:00:00.123456Z"],
    [false, seen],
  ]);
  expect(await journal()).toHaveLength(4);
});

test("a file that vanished keeps its row, so that its address goes on answering", async () => {
  await refreshWith(page({ files: [file(), sdist] }), page({ files: [file()] }));
  expect(await shownFiles()).toEqual([file().filename]);
  const { rows } = await sql`
    select filename, is_listed from upstream_files where index_id = ${source.id} order by filename`.execute(db);
  expect(rows).toEqual([
    { filename: file().filename, is_listed: true },
    { filename: sdist.filename, is_listed: false },
  ]);
});

const path = `ab/cd/${"0123456789".repeat(6)}`;

test.each<[what: string, first: Partial<ListedFile>, address: string]>([
  ["of an address of our shape: that one", { url: `https://f.test/p/${path}/brie-1.0-py3-none-any.whl` }, path],
  ["of any other address: the digest", { url: "https://f.test/ab/cd/brie.whl" }, hex(file().filename)],
  ["without a digest: that of the address", { url: "https://f.test/b.whl", hashes: {} }, hex("https://f.test/b.whl")],
])("what stands in a file's address here, %s", async (_, first, address) => {
  await refreshWith(page({ files: [file(first)] }));
  expect((await known())?.files[0]?.upstream.address).toBe(address.replaceAll("/", ""));
});

test.each<[what: string, first: Partial<ListedFile>, then: Partial<ListedFile>, sha256: string | null]>([
  ["moves", {}, { url: `https://f.test/${path}/x.whl` }, hex(file().filename)],
  ["gets a digest", { hashes: {} }, {}, hex(file().filename)],
  ["gets another kind of digest", { hashes: { md5: "1".repeat(32) } }, { hashes: { sha512: "2".repeat(128) } }, null],
])("a file that %s keeps its address and its first sight", async (_, first, then, sha256) => {
  await refreshWith(page({ files: [file(first)] }));
  const before = await known();
  await refreshWith(page({ files: [file(then)] }));
  const after = await known();
  expect(after?.files).toHaveLength(1);
  expect(after?.files[0]).toMatchObject({
    sha256,
    upstream: { address: before?.files[0]?.upstream.address, isBaseline: true },
  });
  expect(logged.lines).toEqual([]);
});

test.each<[where: string, url: string]>([
  ["at an address of our shape", `https://f.test/${path}/brie-1.0-py3-none-any.whl`],
  ["at any other address", "https://f.test/brie-1.0-py3-none-any.whl"],
])("other bytes under a known name, %s, are another file at another address, and somebody is told", async (_, url) => {
  const poison = file({ url, hashes: { sha256: hex("poison") } });
  await refreshWith(page({ files: [file({ url })] }));
  const before = await known();
  await refreshWith(page({ files: [poison] }));
  expect((await known())?.files).toMatchObject([
    { sha256: hex("poison"), upstream: { address: hex("poison"), isBaseline: false, firstSeenAt: now.toString() } },
  ]);
  expect(logged.lines).toMatchObject([
    { level: "warn", fields: { file: poison.filename, before: hex(poison.filename), now: hex("poison") } },
  ]);
  // And back: the first row again, with the first address.
  await refreshWith(page({ files: [poison] }), page({ files: [file({ url })] }));
  expect((await known())?.files).toEqual(before?.files);
  expect(logged.lines).toHaveLength(2);
});

test("other bytes by a digest of another kind are another file, too", async () => {
  const url = "https://f.test/brie.whl";
  const withMd5 = (digit: string) => page({ files: [file({ url, hashes: { md5: digit.repeat(32) } })] });
  await refreshWith(withMd5("1"), withMd5("2"), withMd5("2"));
  expect(await known()).toMatchObject({ files: [{ md5: "2".repeat(32) }] });
  expect((await known())?.files[0]?.upstream.address).not.toBe(hex(url));
  expect(logged.lines).toMatchObject([{ level: "warn" }]);
});

test("what was measured here is believed more than the upstream", async () => {
  await refreshWith(page());
  await sql`
    insert into blobs (blake2b, sha256, md5, size)
    values (sha256(${source.id}::bytea), sha256(${`s${source.id}`}::bytea), decode(md5('x'), 'hex'), 1)`.execute(db);
  await sql`
    update upstream_files set blob = sha256(${source.id}::bytea), metadata_blob = sha256(${source.id}::bytea)
    where index_id = ${source.id}`.execute(db);
  await refreshWith(page({ files: [file({ size: 7, metadataSha256: hex("other") })] }));
  expect((await known())?.files).toMatchObject([{ size: 1000, metadataSha256: file().metadataSha256 }]);
});

test("a project that its upstream does not have any more is gone, its files' rows stay, and it can come back", async () => {
  await refreshWith(page(), { kind: "absent" });
  expect(await known()).toMatchObject({ state: "absent", files: [] });
  expect(logged.lines).toMatchObject([
    { level: "warn", message: expect.stringContaining("does not have brie any more") },
  ]);
  expect(await journal()).toHaveLength(2);
  await refreshWith({ kind: "absent" });
  expect(await journal()).toHaveLength(2);
  // Nothing of the old page is there to be unchanged.
  expect(asked.at(-1)).toEqual({ etag: null, lastModified: null });
  await refreshWith(page({ files: [file(), other] }));
  expect(await journal()).toHaveLength(3);
  expect((await known())?.files.map(({ upstream }) => upstream.isBaseline)).toEqual([true, false]);
});

test("trouble with a project that is known changes nothing but how its page is marked, and is told once", async () => {
  await refreshWith(page());
  const before = await known();
  await refreshWith(
    new UpstreamTrouble("server-error", "It says 502."),
    new UpstreamTrouble("slow", "It says nothing."),
  );
  expect(await known()).toEqual({ ...before, failure: "It says nothing." });
  expect(await journal()).toHaveLength(1);
  expect(logged.lines.map(({ level }) => level)).toEqual(["warn", "debug"]);
  await refreshWith({ kind: "unchanged" });
  expect(await known()).toMatchObject({ failure: null, checkedAt: now });
});

test.each<[what: string, before: PageAnswer[]]>([
  ["never heard of", []],
  ["absent, as far as is known", [{ kind: "absent" }]],
  ["gone, as far as is known", [page(), { kind: "absent" }]],
])("trouble with a project that is %s: 503 for whoever waits", async (_, before) => {
  await refreshWith(...before);
  const trouble = new UpstreamTrouble("too-many-requests", "It says 429.", { retryAfter: 17 });
  const failure = await refreshWith(trouble).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UpstreamUnavailable);
  expect(failure).toMatchObject({ status: 503, headers: { "Retry-After": "17" } });
  expect(await shownFiles()).toEqual(before.length === 0 ? undefined : []);
});

test.each<[what: string, PageAnswer, kind: string]>([
  ["an older page than is known", page({ serial: 4, files: [file(), other] }), "older"],
  [
    "a page of other projects' files only",
    page({ files: [file({ filename: "edam-1.0.tar.gz" })] }),
    "not-an-index-page",
  ],
])("%s is trouble: the known one stays", async (_, answer, trouble) => {
  await refreshWith(page({ serial: 5 }), answer);
  expect(await shownFiles()).toEqual([file().filename]);
  expect(await known()).toMatchObject({ failure: expect.stringContaining("brie") });
  expect(logged.lines).toMatchObject([{ level: "warn", fields: { trouble } }]);
});

test("an upstream that stays older for a day was set back, and is believed", async () => {
  const older = page({ serial: 4, files: [other] });
  await refreshWith(page({ serial: 5 }), ...Array.from({ length: 24 }, () => older));
  expect(await shownFiles()).toEqual([file().filename]);
  await refreshWith(older);
  expect(await shownFiles()).toEqual([other.filename]);
  expect(await known()).toMatchObject({ failure: null });
});

test("another upstream's serials are not compared with those of the one before", async () => {
  await sql`insert into upstreams (index_id, url) values (${source.id}, 'https://a.test/simple/')`.execute(db);
  await refreshWith(page({ serial: 5 }));
  await sql`update upstreams set url = 'https://b.test/simple/' where index_id = ${source.id}`.execute(db);
  await refreshWith(page({ serial: 4, files: [other] }));
  expect(asked.at(-1)).toEqual({ etag: null, lastModified: null });
  expect(await shownFiles()).toEqual([other.filename]);
});

test("an upstream that says unchanged of what it never said is in trouble", async () => {
  await expect(refreshWith({ kind: "unchanged" })).rejects.toBeInstanceOf(UpstreamUnavailable);
});

test("texts that no database can keep lose what is wrong with them", async () => {
  const odd = file({ requiresPython: ">=3\0.9", isYanked: true, yankedReason: "a\0b\ud800", provenance: "p\0" });
  await refreshWith(page({ files: [odd], statusReason: "\0why" }, { etag: '"\0"' }));
  expect(await known()).toMatchObject({
    statusReason: "why",
    files: [{ upstream: { requiresPython: ">=3.9", yankedReason: "ab\ufffd", provenance: "p" } }],
  });
  // And are then the same as before.
  await refreshWith(page({ files: [odd], statusReason: "\0why" }, { etag: '"\0"' }));
  expect(await journal()).toHaveLength(1);
});

test("files whose version cannot be told are listed under none", async () => {
  await refreshWith(page({ files: [file({ filename: "brie.zip" }), file({ filename: "brie-x_y.egg" })] }));
  expect((await known())?.files.map(({ version }) => version)).toEqual(["x_y", ""]);
});

test("a failure halfway leaves everything as it was", async () => {
  await refreshWith(page());
  const before = await known();
  const impossible = file({ filename: "brie-2.0.tar.gz", uploadedAt: "2026-99-99T00:00:00.000000Z" });
  await expect(refreshWith(page({ files: [file({ requiresPython: null }), impossible] }))).rejects.toThrow("date/time");
  expect(await known()).toEqual(before);
  await expect(refreshWith(page())).resolves.toBeUndefined();
});

test("whoever asks for the same project at the same time waits for the same answer", async () => {
  const gate = Promise.withResolvers<PageAnswer>();
  const refresh = makeRefresh(() => gate.promise);
  const waiting = [refresh(source, brie), refresh(source, brie), refresh({ ...source }, brie)];
  gate.resolve(page());
  await Promise.all(waiting);
  expect(asked).toHaveLength(1);
});

test.each([
  ["never heard of", false],
  ["known", true],
])("two processes ask about a project that is %s: the answer that is written first stands", async (_, isKnown) => {
  if (isKnown) await refreshWith(page({ files: [sdist] }));
  now = now.add(seconds(3600));
  const early = Promise.withResolvers<PageAnswer>();
  const late = Promise.withResolvers<PageAnswer>();
  const first = makeRefresh(() => early.promise)(source, brie);
  const second = makeRefresh(() => late.promise)(source, brie);
  while (asked.length < (isKnown ? 3 : 2)) await new Promise(setImmediate);
  late.resolve(page({ files: [file(), other] }));
  await second;
  early.resolve(page({ files: [file()] }));
  await first;
  expect(await shownFiles()).toEqual([file().filename, other.filename].sort());
  expect(await journal()).toHaveLength(isKnown ? 2 : 1);
});

test("twelve processes that ask at the same time write one answer once", async () => {
  answers = Array.from({ length: 12 }, () => page({ files: [file(), sdist, other] }));
  await Promise.all(Array.from({ length: 12 }, () => makeRefresh()(source, brie)));
  expect(await shownFiles()).toHaveLength(3);
  expect(await journal()).toHaveLength(1);
});

test("names that were asked for in vain are forgotten some time after they expired", async () => {
  const refresh = makeRefresh();
  const count = async () =>
    (await sql`select from upstream_projects where index_id = ${source.id}`.execute(db)).rows.length;
  for (let at = 0; at < 30; at++) {
    answers = [{ kind: "absent" }];
    await refresh(source, normalizeName(`guess-${at}`));
  }
  await refreshWith(page());
  now = now.add({ hours: 2 });
  answers = [{ kind: "absent" }, { kind: "absent" }];
  await refresh(source, normalizeName("last"));
  expect(await count()).toBe(32 - 20);
  await refresh(source, normalizeName("very-last"));
  expect(await count()).toBe(3);
  expect(await known()).toMatchObject({ state: "found" });
});

test("a project of 4,000 files takes a moment, whatever changes", async () => {
  const files = Array.from({ length: 4000 }, (_, at) => file({ filename: `brie-1.${at}-py3-none-any.whl` }));
  const timed = async (what: string, ...answer: Parameters<typeof refreshWith>) => {
    const start = performance.now();
    await refreshWith(...answer);
    console.info(`4,000 files, ${what}: ${Math.round(performance.now() - start)} ms`);
  };
  await timed("all of them new", page({ files }));
  await timed("nothing changed", page({ files }));
  await timed("304", { kind: "unchanged" });
  await timed("one more", page({ files: [...files, file({ filename: "brie-2.0.tar.gz" })] }));
  await timed("all of them yanked", page({ files: files.map((one) => ({ ...one, isYanked: true })) }));
  await timed("all of them gone", page({ files: [] }));
  expect(await journal()).toHaveLength(4);
  const start = performance.now();
  expect(await shownFiles()).toEqual([]);
  expect(performance.now() - start).toBeLessThan(1000);
});
