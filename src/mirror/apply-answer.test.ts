import { sql } from "kysely";
import { afterAll, beforeEach, expect, test } from "vitest";
import { temporaryDatabase } from "../../test/support/database.ts";
import { listedFile, pageAnswer, sha256, type ToldUpstream, tellUpstream } from "../../test/support/told-upstream.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import type { PageAnswer } from "./upstream-client.ts";
import type { ListedFile } from "./upstream-page.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());
const { db } = database;

let upstream: ToldUpstream;
beforeEach(async () => {
  upstream = await tellUpstream(db);
});

const sdist = listedFile({ filename: "brie-1.0.tar.gz", hasMetadata: false, metadataSha256: null });

const other = listedFile({ filename: "brie-1.1.tar.gz" });

const renewed = (change: Partial<ListedFile>) => pageAnswer({ files: [listedFile(change), sdist] });

test("what an upstream lists is known after the first question, on both clocks", async () => {
  upstream.willAnswer(pageAnswer({ files: [listedFile(), sdist] }));
  await upstream.makeRefresh()();
  const firstSeenAt = "2026-05-04T10:00:00.123456Z";
  const facts = { requiresPython: ">=3.9", isYanked: false, yankedReason: "", provenance: null };
  const common = {
    version: "1.0",
    size: 1000,
    blake2b: null,
    md5: null,
    comment: null,
    uploadedAt: "2026-01-02T03:04:05.000600Z",
  };
  const [line] = await upstream.journal();
  expect(await upstream.known()).toEqual({
    state: "found",
    displayName: "Brie",
    status: "active",
    statusReason: null,
    serial: line?.serial,
    checkedAt: upstream.now(),
    freshUntil: upstream.now().add({ seconds: 600 }),
    failure: null,
    files: [
      {
        ...common,
        filename: "brie-1.0-py3-none-any.whl",
        sha256: sha256("brie-1.0-py3-none-any.whl"),
        metadataSha256: sha256("metadata of brie-1.0-py3-none-any.whl"),
        packagetype: "bdist_wheel",
        pythonVersion: "py3",
        upstream: {
          ...facts,
          address: sha256("brie-1.0-py3-none-any.whl"),
          firstSeenAt,
          isBaseline: true,
          hasMetadata: true,
        },
      },
      {
        ...common,
        filename: "brie-1.0.tar.gz",
        sha256: sha256("brie-1.0.tar.gz"),
        metadataSha256: null,
        packagetype: "sdist",
        pythonVersion: "source",
        upstream: {
          ...facts,
          address: sha256("brie-1.0.tar.gz"),
          firstSeenAt,
          isBaseline: true,
          hasMetadata: false,
        },
      },
    ],
  });
  expect(await upstream.journal()).toEqual([
    { serial: expect.any(Number), name: "Brie", action: "mirror", change: {}, project_id: null },
  ]);
});

test.each<[what: string, isVisible: boolean, answer: PageAnswer, look?: object]>([
  ["the same page", false, renewed({})],
  ["the same page in another order", false, pageAnswer({ files: [sdist, listedFile()] })],
  ["another ETag", false, pageAnswer({ files: [listedFile(), sdist] }, { etag: '"2"' })],
  ["a higher serial", false, pageAnswer({ files: [listedFile(), sdist], serial: 9 })],
  ["another place of a file", false, renewed({ url: "https://elsewhere.test/brie-1.0-py3-none-any.whl" })],
  ["one more digest", false, renewed({ hashes: { ...listedFile().hashes, sha1: "a".repeat(40) } })],
  ["no size any more", false, renewed({ size: null }), { size: 1000 }],
  ["no upload time any more", false, renewed({ uploadedAt: null }), { uploadedAt: "2026-01-02T03:04:05.000600Z" }],
  ["no digest any more", false, renewed({ hashes: {} }), { sha256: sha256("brie-1.0-py3-none-any.whl") }],
  ["no spelling of the name any more", false, pageAnswer({ files: [listedFile(), sdist], displayName: "brie" })],
  ["an impossible spelling of the name", false, pageAnswer({ files: [listedFile(), sdist], displayName: "Edam" })],
  [
    "a signature beside the files",
    false,
    pageAnswer({ files: [listedFile(), sdist, listedFile({ filename: "brie-1.0.tar.gz.asc" })] }),
  ],
  [
    "a file of another project",
    false,
    pageAnswer({ files: [listedFile(), sdist, listedFile({ filename: "edam-1.0.tar.gz" })] }),
  ],
  [
    "a file that is named twice",
    false,
    pageAnswer({ files: [listedFile(), sdist, listedFile({ size: 2 })] }),
    { size: 1000 },
  ],
  ["a reason for nothing", false, renewed({ yankedReason: "mould" }), { upstream: { yankedReason: "" } }],
  ["a new file", true, pageAnswer({ files: [listedFile(), sdist, other] })],
  ["a file less", true, pageAnswer({ files: [listedFile()] })],
  ["no files", true, pageAnswer({ files: [] })],
  ["a yank", true, renewed({ isYanked: true }), { upstream: { isYanked: true, yankedReason: "" } }],
  ["a yank with its reason", true, renewed({ isYanked: true, yankedReason: "mould" })],
  ["another Requires-Python", true, renewed({ requiresPython: ">=3.10" }), { upstream: { requiresPython: ">=3.10" } }],
  ["no Requires-Python", true, renewed({ requiresPython: null }), { upstream: { requiresPython: null } }],
  ["provenance", true, renewed({ provenance: "https://index.test/p" })],
  ["another size", true, renewed({ size: 1001 }), { size: 1001 }],
  ["another upload time", true, renewed({ uploadedAt: "2026-01-02T03:04:06.000000Z" })],
  [
    "an MD5 digest",
    true,
    renewed({ hashes: { ...listedFile().hashes, md5: "b".repeat(32) } }),
    { md5: "b".repeat(32) },
  ],
  ["another digest of the metadata", true, renewed({ metadataSha256: sha256("x") }), { metadataSha256: sha256("x") }],
  ["another spelling of the name", true, pageAnswer({ files: [listedFile(), sdist], displayName: "BRIE" })],
  ["another status", true, pageAnswer({ files: [listedFile(), sdist], status: "archived" })],
  ["a reason for the status", true, pageAnswer({ files: [listedFile(), sdist], statusReason: "no milk" })],
])("%s: a line in the journal: %s", async (_, isVisible, answer, look) => {
  await upstream.hear(pageAnswer({ files: [listedFile(), sdist] }), answer);
  const lines = await upstream.journal();
  expect(lines).toHaveLength(isVisible ? 2 : 1);
  const after = await upstream.known();
  expect(after).toMatchObject({ checkedAt: upstream.now(), serial: lines.at(-1)?.serial });
  if (look) expect(after?.files.find(({ filename }) => filename === listedFile().filename)).toMatchObject(look);
  expect(upstream.lines).toEqual([]);
});

test("a file that comes later is no baseline, and one that goes and comes back keeps its first sight", async () => {
  await upstream.hear(pageAnswer(), pageAnswer({ files: [listedFile(), other] }));
  const seen = upstream.now().toString();
  await upstream.hear(pageAnswer(), pageAnswer({ files: [listedFile(), other] }));
  const files = (await upstream.known())?.files.map(({ upstream }) => [upstream.isBaseline, upstream.firstSeenAt]);
  expect(files).toEqual([
    [true, "2026-05-04T11:00:00.123456Z"],
    [false, seen],
  ]);
  expect(await upstream.journal()).toHaveLength(4);
});

test("a file that vanished keeps its row, so that its address goes on answering", async () => {
  await upstream.hear(pageAnswer({ files: [listedFile(), sdist] }), pageAnswer({ files: [listedFile()] }));
  expect(await upstream.files()).toEqual([listedFile().filename]);
  const { rows } = await sql`
    select filename, is_listed from upstream_files where index_id = ${upstream.source.id} order by filename`.execute(
    db,
  );
  expect(rows).toEqual([
    { filename: listedFile().filename, is_listed: true },
    { filename: sdist.filename, is_listed: false },
  ]);
});

test("a file that has moved is fetched from where it is now, though no page says so", async () => {
  const url = "https://elsewhere.test/brie-1.0-py3-none-any.whl";
  await upstream.hear(pageAnswer(), renewed({ url }));
  const { rows } = await sql`
    select url from upstream_files where index_id = ${upstream.source.id} and filename like '%.whl'`.execute(db);
  expect(rows).toEqual([{ url }]);
});

test("a project is first seen when it is found, not when it was asked for in vain, nor again later", async () => {
  const firstSeen = async () => {
    const { rows } = await sql<{ at: Temporal.Instant }>`
      select first_seen_at as at from upstream_projects where index_id = ${upstream.source.id}`.execute(db);
    return rows[0]?.at;
  };
  await upstream.hear({ kind: "absent" }, pageAnswer());
  const found = upstream.now();
  expect(await firstSeen()).toEqual(found);
  await upstream.hear(pageAnswer({ files: [other] }));
  expect(await firstSeen()).toEqual(found);
});

test("a file that two projects list belongs to the one that was seen with it first", async () => {
  const shared = pageAnswer({ files: [listedFile({ filename: "brie-2-1.0.tar.gz" })] });
  await upstream.hear(shared);
  const refresh = upstream.makeRefresh();
  for (let time = 0; time < 2; time++) {
    upstream.passTime(3600);
    upstream.willAnswer(shared);
    await refresh(normalizeName("brie-2"));
  }
  expect(await upstream.files()).toEqual(["brie-2-1.0.tar.gz"]);
  expect((await upstream.journal()).map(({ name }) => name)).toEqual(["Brie", "brie-2"]);
});

test("what was measured here is believed more than the upstream", async () => {
  await upstream.hear(pageAnswer());
  await sql`
    insert into blobs (blake2b, sha256, md5, size)
    values (sha256(${upstream.source.id}::bytea), sha256(${`s${upstream.source.id}`}::bytea), decode(md5('x'), 'hex'), 1)`.execute(
    db,
  );
  await sql`
    update upstream_files set blob = sha256(${upstream.source.id}::bytea), metadata_blob = sha256(${upstream.source.id}::bytea)
    where index_id = ${upstream.source.id}`.execute(db);
  await upstream.hear(pageAnswer({ files: [listedFile({ size: 7, metadataSha256: sha256("other") })] }));
  expect((await upstream.known())?.files).toMatchObject([{ size: 1000, metadataSha256: listedFile().metadataSha256 }]);
});

test("a project that its upstream does not have any more is gone, its files' rows stay, and it can come back", async () => {
  await upstream.hear(pageAnswer(), { kind: "absent" });
  expect(await upstream.known()).toMatchObject({ state: "absent", files: [] });
  expect(upstream.lines).toMatchObject([
    { level: "warn", message: expect.stringContaining("does not have brie any more") },
  ]);
  expect(await upstream.journal()).toHaveLength(2);
  await upstream.hear({ kind: "absent" });
  expect(await upstream.journal()).toHaveLength(2);
  // Nothing of the old page is there to be unchanged.
  expect(upstream.asked.at(-1)).toEqual({ etag: null, lastModified: null });
  await upstream.hear(pageAnswer({ files: [listedFile(), other] }));
  expect(await upstream.journal()).toHaveLength(3);
  expect((await upstream.known())?.files.map(({ upstream }) => upstream.isBaseline)).toEqual([true, false]);
});

test("a project comes back as it was, and one without files comes to be: pages change, so the journal says it", async () => {
  await upstream.hear(pageAnswer(), { kind: "absent" }, pageAnswer());
  expect(await upstream.journal()).toHaveLength(3);
  const empty = await tellUpstream(db);
  await empty.hear(pageAnswer({ files: [], displayName: "brie" }));
  expect(await empty.known()).toMatchObject({ state: "found", files: [], serial: (await empty.journal())[0]?.serial });
});

test("texts that no database can keep lose what is wrong with them", async () => {
  const odd = listedFile({ requiresPython: ">=3\0.9", isYanked: true, yankedReason: "a\0b\ud800", provenance: "p\0" });
  await upstream.hear(pageAnswer({ files: [odd], statusReason: "\0why" }, { etag: '"\0"' }));
  expect(await upstream.known()).toMatchObject({
    statusReason: "why",
    files: [{ upstream: { requiresPython: ">=3.9", yankedReason: "ab\ufffd", provenance: "p" } }],
  });
  // And are then the same as before.
  await upstream.hear(pageAnswer({ files: [odd], statusReason: "\0why" }, { etag: '"\0"' }));
  expect(await upstream.journal()).toHaveLength(1);
});

test("files whose version cannot be told are listed under none", async () => {
  await upstream.hear(
    pageAnswer({ files: [listedFile({ filename: "brie.zip" }), listedFile({ filename: "brie-x_y.egg" })] }),
  );
  expect((await upstream.known())?.files.map(({ version }) => version)).toEqual(["x_y", ""]);
});

test("a failure halfway leaves everything as it was", async () => {
  await upstream.hear(pageAnswer());
  const before = await upstream.known();
  const impossible = listedFile({ filename: "brie-2.0.tar.gz", uploadedAt: "2026-99-99T00:00:00.000000Z" });
  await expect(
    upstream.hear(pageAnswer({ files: [listedFile({ requiresPython: null }), impossible] })),
  ).rejects.toThrow("date/time");
  expect(await upstream.known()).toEqual(before);
  await expect(upstream.hear(pageAnswer())).resolves.toBeUndefined();
});

test("a project of 4,000 files takes a moment, whatever changes", async () => {
  const files = Array.from({ length: 4000 }, (_, at) => listedFile({ filename: `brie-1.${at}-py3-none-any.whl` }));
  const timed = async (what: string, ...answer: Parameters<ToldUpstream["hear"]>) => {
    const start = performance.now();
    await upstream.hear(...answer);
    console.info(`4,000 files, ${what}: ${Math.round(performance.now() - start)} ms`);
  };
  await timed("all of them new", pageAnswer({ files }));
  await timed("nothing changed", pageAnswer({ files }));
  await timed("304", { kind: "unchanged" });
  await timed("one more", pageAnswer({ files: [...files, listedFile({ filename: "brie-2.0.tar.gz" })] }));
  await timed("all of them yanked", pageAnswer({ files: files.map((one) => ({ ...one, isYanked: true })) }));
  await timed("all of them gone", pageAnswer({ files: [] }));
  expect(await upstream.journal()).toHaveLength(4);
  expect(await upstream.files()).toEqual([]);
});
