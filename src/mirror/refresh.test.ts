import { sql } from "kysely";
import { afterAll, beforeEach, expect, test } from "vitest";
import { temporaryDatabase } from "../../test/support/database.ts";
import { listedFile, pageAnswer, type ToldUpstream, tellUpstream } from "../../test/support/told-upstream.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import { UpstreamTrouble, UpstreamUnavailable } from "./errors.ts";
import type { PageAnswer } from "./upstream-client.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());
const { db } = database;

let upstream: ToldUpstream;
beforeEach(async () => {
  upstream = await tellUpstream(db);
});

const sdist = listedFile({ filename: "brie-1.0.tar.gz", hasMetadata: false, metadataSha256: null });

const other = listedFile({ filename: "brie-1.1.tar.gz" });

test("what is fresh is not asked for again, and what has expired is, with what the last answer said of itself", async () => {
  const refresh = upstream.makeRefresh();
  upstream.willAnswer(pageAnswer({}, { etag: '"a"', lastModified: "Mon, 04 May 2026 09:00:00 GMT" }), {
    kind: "unchanged",
  });
  await refresh();
  upstream.passTime(599);
  await refresh();
  expect(upstream.asked).toEqual([{ etag: null, lastModified: null }]);
  upstream.passTime(1);
  await refresh();
  expect(upstream.asked.at(-1)).toEqual({ etag: '"a"', lastModified: "Mon, 04 May 2026 09:00:00 GMT" });
  expect(await upstream.known()).toMatchObject({
    checkedAt: upstream.now(),
    freshUntil: upstream.now().add({ seconds: 600 }),
  });
  expect(await upstream.journal()).toHaveLength(1);
});

test("absence is remembered for a shorter time, and nobody is told of it", async () => {
  const refresh = upstream.makeRefresh();
  upstream.willAnswer({ kind: "absent" }, pageAnswer());
  await refresh();
  upstream.passTime(59);
  await refresh();
  expect(await upstream.known()).toMatchObject({ state: "absent", files: [], serial: 0 });
  expect(await upstream.journal()).toEqual([]);
  upstream.passTime(1);
  await refresh();
  expect(upstream.asked).toHaveLength(2);
  // Seen for the first time all the same: what it lists now need not be new.
  expect((await upstream.known())?.files[0]?.upstream).toMatchObject({
    isBaseline: true,
    firstSeenAt: upstream.now().toString(),
  });
});

test("trouble with a project that is known changes nothing but how its page is marked, and is told once", async () => {
  await upstream.hear(pageAnswer());
  const before = await upstream.known();
  await upstream.hear(
    new UpstreamTrouble("server-error", "It says 502."),
    new UpstreamTrouble("slow", "It says nothing."),
  );
  expect(await upstream.known()).toEqual({ ...before, failure: "It says nothing." });
  expect(await upstream.journal()).toHaveLength(1);
  expect(upstream.lines.map(({ level }) => level)).toEqual(["warn", "debug"]);
  await upstream.hear({ kind: "unchanged" });
  expect(await upstream.known()).toMatchObject({ failure: null, checkedAt: upstream.now() });
});

test.each<[what: string, before: PageAnswer[]]>([
  ["never heard of", []],
  ["absent, as far as is known", [{ kind: "absent" }]],
  ["gone, as far as is known", [pageAnswer(), { kind: "absent" }]],
])("trouble with a project that is %s: 503 for whoever waits", async (_, before) => {
  await upstream.hear(...before);
  const trouble = new UpstreamTrouble("too-many-requests", "It says 429.", { retryAfter: 17 });
  const failure = await upstream.hear(trouble).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UpstreamUnavailable);
  expect(failure).toMatchObject({ status: 503, headers: { "Retry-After": "17" } });
  expect(await upstream.files()).toEqual(before.length === 0 ? undefined : []);
});

test.each<[what: string, PageAnswer, kind: string]>([
  ["an older page than is known", pageAnswer({ serial: 4, files: [listedFile(), other] }), "older"],
  [
    "a page of other projects' files only",
    pageAnswer({ files: [listedFile({ filename: "edam-1.0.tar.gz" })] }),
    "not-an-index-page",
  ],
])("%s is trouble: the known one stays", async (_, answer, trouble) => {
  await upstream.hear(pageAnswer({ serial: 5 }), answer);
  expect(await upstream.files()).toEqual([listedFile().filename]);
  expect(await upstream.known()).toMatchObject({ failure: expect.stringContaining("brie") });
  expect(upstream.lines).toMatchObject([{ level: "warn", fields: { trouble } }]);
});

test("an upstream that stays older for a day was set back, and is believed", async () => {
  const older = pageAnswer({ serial: 4, files: [other] });
  await upstream.hear(pageAnswer({ serial: 5 }), ...Array.from({ length: 24 }, () => older));
  expect(await upstream.files()).toEqual([listedFile().filename]);
  await upstream.hear(older);
  expect(await upstream.files()).toEqual([other.filename]);
  expect(await upstream.known()).toMatchObject({ failure: null });
});

test("another upstream's serials are not compared with those of the one before", async () => {
  await sql`insert into upstreams (index_id, url) values (${upstream.source.id}, 'https://a.test/simple/')`.execute(db);
  await upstream.hear(pageAnswer({ serial: 5 }));
  await sql`update upstreams set url = 'https://b.test/simple/' where index_id = ${upstream.source.id}`.execute(db);
  await upstream.hear(pageAnswer({ serial: 4, files: [other] }));
  expect(upstream.asked.at(-1)).toEqual({ etag: null, lastModified: null });
  expect(await upstream.files()).toEqual([other.filename]);
});

test("an upstream that says unchanged of what it never said is in trouble", async () => {
  await expect(upstream.hear({ kind: "unchanged" })).rejects.toBeInstanceOf(UpstreamUnavailable);
});

test("whoever asks for the same project at the same time waits for the same answer", async () => {
  const gate = Promise.withResolvers<PageAnswer>();
  const refresh = upstream.makeRefresh(() => gate.promise);
  const waiting = [refresh(), refresh(), refresh()];
  gate.resolve(pageAnswer());
  expect(new Set(waiting).size).toBe(1);
  await Promise.all(waiting);
  expect(upstream.asked).toHaveLength(1);
});

test.each([
  ["never heard of", false],
  ["known", true],
])("two processes ask about a project that is %s: the answer that is written first stands", async (_, isKnown) => {
  if (isKnown) await upstream.hear(pageAnswer({ files: [sdist] }));
  upstream.passTime(3600);
  const early = Promise.withResolvers<PageAnswer>();
  const late = Promise.withResolvers<PageAnswer>();
  const first = upstream.makeRefresh(() => early.promise)();
  const second = upstream.makeRefresh(() => late.promise)();
  while (upstream.asked.length < (isKnown ? 3 : 2)) await new Promise(setImmediate);
  late.resolve(pageAnswer({ files: [listedFile(), other] }));
  await second;
  early.resolve(pageAnswer({ files: [listedFile()] }));
  await first;
  expect(await upstream.files()).toEqual([listedFile().filename, other.filename].sort());
  expect(await upstream.journal()).toHaveLength(isKnown ? 2 : 1);
});

test("twelve processes that ask at the same time write one answer once", async () => {
  upstream.willAnswer(...Array.from({ length: 12 }, () => pageAnswer({ files: [listedFile(), sdist, other] })));
  await Promise.all(Array.from({ length: 12 }, () => upstream.makeRefresh()()));
  expect(await upstream.files()).toHaveLength(3);
  expect(await upstream.journal()).toHaveLength(1);
});

test("names that were asked for in vain are forgotten some time after they expired", async () => {
  const refresh = upstream.makeRefresh();
  const count = async () =>
    (await sql`select from upstream_projects where index_id = ${upstream.source.id}`.execute(db)).rows.length;
  for (let at = 0; at < 30; at++) {
    upstream.willAnswer({ kind: "absent" });
    await refresh(normalizeName(`guess-${at}`));
  }
  await upstream.hear(pageAnswer());
  upstream.passTime(7200);
  upstream.willAnswer({ kind: "absent" }, { kind: "absent" });
  await refresh(normalizeName("last"));
  expect(await count()).toBe(32 - 20);
  await refresh(normalizeName("very-last"));
  expect(await count()).toBe(3);
  expect(await upstream.known()).toMatchObject({ state: "found" });
});

test("who asks for one project more than can wait in line is told to come back", async () => {
  const answer = Promise.withResolvers<PageAnswer>();
  answer.promise.catch(() => {});
  const refresh = upstream.makeRefresh(() => answer.promise);
  const waiting = Array.from({ length: 1000 }, (_, number) =>
    refresh(normalizeName(`brie-${number}`)).catch((error: unknown) => error),
  );
  await expect(refresh(normalizeName("brie-1000"))).rejects.toMatchObject({
    reason: "Too much else is being waited for.",
  });
  answer.reject(new UpstreamTrouble("slow", "it takes its time"));
  for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ reason: "it takes its time." });
  await expect(refresh(normalizeName("brie-1000"))).rejects.toMatchObject({ reason: "it takes its time." });
});
