import { sql } from "kysely";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { temporaryDatabase } from "../../test/support/database.ts";
import { buildSdist, buildWheel, type Distribution } from "../../test/support/distributions.ts";
import { makeMetadata } from "../../test/support/factories.ts";
import { type FakeUpstream, startFakeUpstream } from "../../test/support/fake-upstream.ts";
import type { Form } from "../../test/support/fake-upstream-form.ts";
import { recordingLog } from "../../test/support/log.ts";
import type { Source } from "../indexes/index.ts";
import { type NormalizedName, normalizeName } from "../packaging-standards/index.ts";
import { UpstreamTrouble, UpstreamUnavailable } from "./errors.ts";
import { createUpstreamClient } from "./http-client.ts";
import { readWheelMetadata } from "./metadata-sibling.ts";
import { createMirrorSource } from "./pages.ts";
import { createRefresh } from "./refresh.ts";
import { createReleaseMetadata } from "./release-metadata.ts";
import type { UpstreamClient } from "./upstream-client.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());
const { db } = database;
const brie = normalizeName("brie");
const minutes = (count: number) => Temporal.Duration.from({ minutes: count });

let mirrors = 0;
let source: Source;
let upstream: FakeUpstream;
let client: UpstreamClient;
let now: Temporal.Instant;
let isOffline: boolean;
let refreshing: Promise<unknown>[];
let logged: ReturnType<typeof recordingLog>;

beforeEach(async () => {
  const name = `upstream-${++mirrors}`;
  const { rows } = await sql<{ id: string }>`
    insert into indexes (name, kind) values (${name}, 'mirror') returning id`.execute(db);
  source = { id: rows[0]?.id ?? "", name, kind: "mirror" };
  now = Temporal.Instant.from("2026-05-04T10:00:00Z");
  isOffline = false;
  refreshing = [];
  logged = recordingLog();
  upstream = await startFakeUpstream();
  client = createUpstreamClient({
    url: upstream.url,
    clock: { now: () => now },
    log: logged.log,
    userAgent: "cheeseshop/0",
    limits: { headMs: 2_000, idleMs: 2_000, totalMs: 5_000 },
  });
});

afterEach(async () => {
  await Promise.allSettled(refreshing);
  await client.close();
  await upstream.close();
});

/** What the process that talks to upstreams does for pages. */
function makeFetcher() {
  const clientOf = () => {
    if (isOffline) throw new UpstreamTrouble("offline", "This server is offline.");
    return client;
  };
  const deps = { db, clock: { now: () => now }, log: logged.log, clientOf };
  const { refreshProject } = createRefresh({ ...deps, freshFor: minutes(10), absentFor: minutes(1) });
  const { fetchReleaseMetadata } = createReleaseMetadata({ ...deps, readWheelMetadata });
  return {
    fetchReleaseMetadata,
    refreshProject(asked: Source, name: NormalizedName) {
      const refresh = refreshProject(asked, name);
      refreshing.push(refresh);
      return refresh;
    },
  };
}

/** The pages of a worker. */
const makeMirror = () => createMirrorSource({ db, clock: { now: () => now }, log: logged.log, fetcher: makeFetcher() });

const readPage = (name = brie) => makeMirror().readPage(source, name);
const readMetadata = (version = "1.0") => makeMirror().readMetadata(source, brie, version);
const filesOf = async (read: ReturnType<typeof readPage>) => (await read)?.page.files.map(({ filename }) => filename);
const wheel = buildWheel({ name: "Brie", requiresPython: ">=3.9" });
const sdist = buildSdist({ name: "Brie", requiresPython: ">=3.9" });
const newer = buildWheel({ name: "Brie", version: "1.1" });

test("a project that nobody asked for before is asked for, and shown with all that its upstream says", async () => {
  upstream.publish(wheel, { yanked: "mould" });
  upstream.publish(sdist);
  const read = await readPage();
  expect(read?.freshness).toEqual({ until: now.epochMilliseconds + 600_000 });
  const { rows } = await sql<{ serial: number }>`
    select max(serial) as serial from journal where index_id = ${source.id}`.execute(db);
  expect(read?.page).toMatchObject({
    name: "brie",
    serial: rows[0]?.serial,
    releases: [{ version: "1.0", isYanked: false, requiresPython: ">=3.9" }],
    files: [
      { filename: wheel.filename, sha256: wheel.sha256, upstream: { isYanked: true, yankedReason: "mould" } },
      { filename: sdist.filename, size: sdist.bytes.length },
    ],
  });
  const address = read?.page.files[0]?.upstream?.address ?? "";
  expect(upstream.pathOf(wheel)).toContain(`${address.slice(0, 2)}/${address.slice(2, 4)}/${address.slice(4)}`);
});

test("a page is served while it is fresh, then once more while the upstream is asked behind it", async () => {
  upstream.publish(wheel);
  await readPage();
  upstream.publish(newer);
  now = now.add({ minutes: 9, seconds: 59 });
  expect(await filesOf(readPage())).toEqual([wheel.filename]);
  expect(upstream.count()).toBe(1);
  now = now.add({ seconds: 1 });
  const old = await readPage();
  expect(old?.page.files).toHaveLength(1);
  expect(old?.freshness).toEqual({ until: now.epochMilliseconds + 2_000 });
  await Promise.all(refreshing);
  const renewed = await readPage();
  expect(renewed?.page.files.map(({ filename }) => filename)).toEqual([wheel.filename, newer.filename]);
  expect(renewed?.page.serial).toBeGreaterThan(old?.page.serial ?? Number.POSITIVE_INFINITY);
  expect(renewed?.freshness).toEqual({ until: now.epochMilliseconds + 600_000 });
  expect(upstream.count()).toBe(2);
});

test("an upstream that says unchanged makes the page fresh again and leaves it as it is", async () => {
  upstream.publish(wheel);
  const first = await readPage();
  now = now.add(minutes(10));
  await readPage();
  await Promise.all(refreshing);
  const again = await readPage();
  expect(again?.page).toEqual(first?.page);
  expect(again?.freshness).toEqual({ until: now.epochMilliseconds + 600_000 });
  expect(upstream.requests.at(-1)?.headers["if-none-match"]).toBeDefined();
});

test("what is known is shown, and said to be old, as long as the upstream is in trouble; then no longer", async () => {
  upstream.publish(wheel);
  await readPage();
  await upstream.down();
  now = now.add(minutes(15));
  // Nobody knows of the trouble yet.
  expect((await readPage())?.freshness).toEqual({ until: now.epochMilliseconds + 2_000 });
  await Promise.all(refreshing);
  now = now.add({ seconds: 2, milliseconds: 600 });
  const stale = await readPage();
  expect(stale?.page.files).toHaveLength(1);
  expect(stale?.freshness).toEqual({
    until: now.epochMilliseconds + 10_000,
    stale: { age: 902, reason: expect.stringMatching(/./) },
  });
  await Promise.all(refreshing);
  await upstream.up();
  await readPage();
  await Promise.all(refreshing);
  expect((await readPage())?.freshness).toEqual({ until: now.epochMilliseconds + 600_000 });
});

test("a page that was fresh when the trouble began is not old before its time", async () => {
  upstream.publish(wheel);
  await readPage();
  await upstream.down();
  expect((await readPage())?.freshness?.stale).toBeUndefined();
  expect(upstream.count()).toBe(1);
});

test("a project that its upstream does not have is not there, for a minute", async () => {
  expect(await readPage()).toBeUndefined();
  expect(await readPage()).toBeUndefined();
  expect(upstream.count()).toBe(1);
  upstream.publish(wheel);
  now = now.add({ seconds: 59 });
  expect(await readPage()).toBeUndefined();
  now = now.add({ seconds: 1 });
  expect(await filesOf(readPage())).toEqual([wheel.filename]);
});

test.each<[what: string, prepare: () => Promise<unknown>]>([
  ["never heard of", async () => {}],
  [
    "absent, as was known a while ago",
    async () => {
      await readPage();
      now = now.add(minutes(2));
    },
  ],
])("trouble with a project that is %s: 503, never 404", async (_, prepare) => {
  await prepare();
  await upstream.down();
  await expect(readPage()).rejects.toBeInstanceOf(UpstreamUnavailable);
  await expect(readPage()).rejects.toMatchObject({ status: 503, headers: { "Retry-After": expect.any(String) } });
});

test("a server that is offline shows what it knows and asks nobody", async () => {
  upstream.publish(wheel);
  await readPage();
  isOffline = true;
  now = now.add(minutes(60));
  await readPage();
  await Promise.all(refreshing);
  expect((await readPage())?.freshness?.stale).toEqual({ age: 3600, reason: "This server is offline." });
  await expect(readPage(normalizeName("edam"))).rejects.toMatchObject({ status: 503 });
  expect(upstream.count()).toBe(1);
});

test.each(["-brie", "brie-", "b rie", "brié", "", "a".repeat(256), ".."])("nobody is asked for %j", async (name) => {
  expect(await readPage(normalizeName(name))).toBeUndefined();
  expect(upstream.count()).toBe(0);
});

test("a page is promised a metadata sibling for every wheel, until it was tried in vain", async () => {
  upstream.form.coreMetadata = "none";
  upstream.publish(wheel);
  upstream.publish(sdist);
  const hasMetadata = async () => (await readPage())?.page.files.map((file) => file.upstream?.hasMetadata);
  expect(await hasMetadata()).toEqual([true, false]);
  await sql`update upstream_files set lacks_metadata = true where index_id = ${source.id}`.execute(db);
  expect(await hasMetadata()).toEqual([false, false]);
});

test("the list has the projects that were found, by name, without those in quarantine", async () => {
  upstream.publish(wheel);
  upstream.publish(buildWheel({ name: "asiago" }));
  upstream.publish(buildWheel({ name: "casu" }));
  upstream.describe("casu", { status: "quarantined" });
  for (const name of ["brie", "asiago", "casu", "nothing"]) await readPage(normalizeName(name));
  const lines = await makeMirror().listLines(source);
  expect(lines.map(({ normalizedName }) => normalizedName)).toEqual(["asiago", "brie"]);
  expect(lines[1]?.serial).toBe((await readPage())?.page.serial);
});

test.each<[what: string, form: Partial<Form>, files: Distribution[], asked: string[]]>([
  ["the JSON API", {}, [wheel, sdist], ["json"]],
  ["a wheel's sibling", { releaseJson: false }, [sdist, wheel], ["json", "whl.metadata"]],
  ["the wheel, by ranges", { releaseJson: false, coreMetadata: "none" }, [wheel, sdist], ["json", "whl"]],
  [
    "the wheel, when the sibling is not there",
    { releaseJson: false, metadataFiles: false },
    [wheel],
    ["json", "whl.metadata", "whl"],
  ],
  ["an sdist", { releaseJson: false }, [sdist], ["json", "tar.gz"]],
  ["an sdist without a digest", { releaseJson: false, hash: "none" }, [sdist], ["json", "tar.gz"]],
  [
    "an sdist, when the wheel cannot be read by ranges",
    { releaseJson: false, coreMetadata: "none", ranges: false },
    [wheel, sdist],
    ["json", "whl", "tar.gz"],
  ],
  ["a whole wheel", { releaseJson: false, coreMetadata: "none", ranges: false }, [wheel], ["json", "whl"]],
])("metadata comes from %s, once", async (_, form, files, asked) => {
  Object.assign(upstream.form, form);
  for (const file of files) upstream.publish(file);
  await readPage();
  const metadata = await readMetadata();
  expect(metadata).toMatchObject({
    summary: "What Brie is for",
    requiresPython: ">=3.9",
    descriptionContentType: "text/markdown",
    description: expect.stringContaining("# Brie"),
  });
  const kinds = upstream.requests.slice(1).map(({ path }) => /(?:json|whl|whl\.metadata|tar\.gz)$/.exec(path)?.[0]);
  expect([...new Set(kinds)]).toEqual(asked);
  const count = upstream.count();
  expect(await readMetadata()).toEqual(metadata);
  expect(upstream.count()).toBe(count);
});

test("metadata that no database can keep loses what is wrong with it", async () => {
  upstream.form.releaseJson = false;
  upstream.publish(buildSdist({ name: "Brie", summary: "So\0ft" }));
  await readPage();
  expect(await readMetadata()).toMatchObject({ summary: "Soft" });
});

test("a release of nothing that has metadata is there, and says nothing of itself", async () => {
  upstream.form.releaseJson = false;
  upstream.publish({ ...wheel, filename: "brie-1.0-py2.7.egg" });
  await readPage();
  expect(await readMetadata()).toEqual(makeMetadata({ requiresPython: ">=3.9" }));
  expect(await readMetadata("1.1")).toBeUndefined();
});

test.each<[what: string, file: Distribution, path: () => string, body: () => Buffer, otherwise: string | null]>([
  [
    "a sibling",
    wheel,
    () => `${upstream.pathOf(wheel)}.metadata`,
    () => Buffer.from("Summary: Hard"),
    "What Brie is for",
  ],
  ["an sdist", sdist, () => upstream.pathOf(sdist), () => buildSdist({ name: "Brie", summary: "Hard" }).bytes, null],
])("%s with other bytes than promised is not believed", async (_, file, path, body, otherwise) => {
  upstream.form.releaseJson = false;
  upstream.publish(file);
  await readPage();
  upstream.misbehave({ kind: "answer", answer: { body: body() } }, path());
  expect((await readMetadata())?.summary).toBe(otherwise);
});

test("metadata that nobody can ask for now is 503, and can be had later", async () => {
  upstream.publish(wheel);
  await readPage();
  upstream.misbehave({ kind: "status", status: 502 });
  await expect(readMetadata()).rejects.toMatchObject({ status: 503 });
  upstream.heal();
  expect(await readMetadata()).toMatchObject({ summary: "What Brie is for" });
});

test("a JSON API in trouble does not stand in the way of the files", async () => {
  upstream.publish(wheel);
  await readPage();
  upstream.misbehave({ kind: "status", status: 502 }, "/pypi/brie/1.0/json");
  expect(await readMetadata()).toMatchObject({ summary: "What Brie is for" });
});

test("those who ask for the same metadata at the same time wait for one request", async () => {
  upstream.publish(wheel);
  await readPage();
  const { fetchReleaseMetadata } = makeFetcher();
  const waiting = Array.from({ length: 5 }, () => fetchReleaseMetadata(source, brie, "1.0"));
  expect(new Set(waiting).size).toBe(1);
  await Promise.all(waiting);
  expect(upstream.count()).toBe(2);
});
