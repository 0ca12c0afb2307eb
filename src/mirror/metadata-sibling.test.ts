import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { buildWheel } from "../../test/support/distributions.ts";
import { recordingLog } from "../../test/support/log.ts";
import { type MirroredFileInput, makeMirror, mirrorFile, slowUpstream } from "../../test/support/mirrored-files.ts";
import { type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import type { Source } from "../indexes/index.ts";
import { createDownloads } from "./download.ts";
import { FileGone, UpstreamTrouble } from "./errors.ts";
import { findPromisedFiles } from "./kept-queries.ts";
import { createMetadataSiblings } from "./metadata-sibling.ts";
import type { UpstreamClient } from "./upstream-client.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let mirror: Source;
beforeAll(async () => {
  [database, disk] = await Promise.all([temporaryDatabase(), temporaryStore()]);
  mirror = await makeMirror(database.db, "up");
});
afterAll(() => Promise.all([database.drop(), disk.remove()]));

const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const wheel = buildWheel({ name: "brie", padding: 200_000 });

let count = 0;
/** A wheel that is listed at an address of its own, and what of it the upstream gives. */
async function setUp(input: Partial<MirroredFileInput>, upstreamHas: Partial<UpstreamClient> = {}) {
  const file = await mirrorFile(database.db, mirror, {
    filename: wheel.filename,
    url: `http://up.test/${++count}/brie.whl?token=1`,
    sha256: wheel.sha256,
    ...input,
  });
  const { log, lines } = recordingLog();
  const clock = { now: () => Temporal.Instant.from("2026-10-01T00:00:00Z") };
  const deps = { db: database.db, store: disk.store, clock, log };
  const downloads = createDownloads(deps);
  const siblings = createMetadataSiblings({ ...deps, downloads });
  const asked: string[] = [];
  const slow = slowUpstream();
  const client: UpstreamClient = {
    ...slow.client,
    async getSmallFile(url) {
      asked.push(`sibling ${url}`);
      throw new FileGone("404");
    },
    async readRange(_url, offset, length) {
      asked.push("range");
      return { bytes: wheel.bytes.subarray(offset, offset + length), size: wheel.bytes.length };
    },
    ...upstreamHas,
  };
  return {
    asked,
    lines,
    slow,
    downloads,
    file,
    client,
    fetch: () => siblings.fetch(mirror, file, client),
    async kept() {
      const [row] = await findPromisedFiles(database.db, [mirror.id], file);
      if (!row?.metadataBlob) return row?.lacksMetadata ? "lacks" : undefined;
      await using reader = await disk.store.open(row.metadataBlob.blake2b);
      return (await reader.read(0, reader.size)).toString();
    },
  };
}

test("the upstream's own is taken where it has one, from beside the file, by twenty who ask at once only once", async () => {
  const asked: string[] = [];
  const { fetch, kept } = await setUp(
    { hasMetadata: true, metadataSha256: sha256(wheel.metadata) },
    {
      async getSmallFile(url) {
        asked.push(url);
        return Buffer.from(wheel.metadata);
      },
    },
  );
  expect(await Promise.all(Array.from({ length: 20 }, fetch))).toEqual(Array.from({ length: 20 }, () => true));
  expect(asked).toEqual([`http://up.test/${count}/brie.whl.metadata?token=1`]);
  expect(await kept()).toBe(wheel.metadata);
  expect(await fetch()).toBe(true);
  expect(asked).toHaveLength(1);
});

test("where it has none, it is made from a few ranges of the wheel", async () => {
  const { fetch, kept, asked, slow } = await setUp({});
  expect(await fetch()).toBe(true);
  expect(await kept()).toBe(wheel.metadata);
  expect(asked.every((what) => what === "range")).toBe(true);
  expect(slow.opened).toEqual([]);
});

test("a sibling that is promised and missing is made all the same", async () => {
  const { fetch, kept, asked } = await setUp({ hasMetadata: true });
  expect(await fetch()).toBe(true);
  expect(asked[0]).toContain("sibling");
  expect(await kept()).toBe(wheel.metadata);
});

test("an upstream without ranges gives the whole wheel, which is kept as well", async () => {
  const { fetch, kept, slow, file } = await setUp({}, { readRange: async () => undefined });
  const fetching = fetch();
  while (slow.opened.length === 0) await new Promise(setImmediate);
  slow.body.end(wheel.bytes);
  expect(await fetching).toBe(true);
  expect(await kept()).toBe(wheel.metadata);
  expect((await findPromisedFiles(database.db, [mirror.id], file))[0]?.blob).toMatchObject({
    size: wheel.bytes.length,
  });
});

test("of a wheel that is kept here nothing is asked", async () => {
  const { fetch, kept, asked, slow, downloads, file, client } = await setUp({});
  const opened = await downloads.open(mirror, file, client);
  slow.body.end(wheel.bytes);
  for await (const _ of opened.read(0));
  expect(await fetch()).toBe(true);
  expect(await kept()).toBe(wheel.metadata);
  expect(asked).toEqual([]);
});

test("other bytes than promised are reported and not kept, the wheel's own are if they are right", async () => {
  const lying = { getSmallFile: async () => Buffer.from("Name: evil") };
  const right = await setUp({ hasMetadata: true, metadataSha256: sha256(wheel.metadata) }, lying);
  expect(await right.fetch()).toBe(true);
  expect(await right.kept()).toBe(wheel.metadata);
  expect(right.lines).toMatchObject([{ level: "error", fields: { alarm: "wrong-digest" } }]);

  const wrong = await setUp({ hasMetadata: true, metadataSha256: "0".repeat(64) }, lying);
  await expect(wrong.fetch()).rejects.toMatchObject({ status: 503 });
  expect(await wrong.kept()).toBeUndefined();
});

test("a broken wheel has none: pages are told, and nobody asks again", async () => {
  const bytes = Buffer.alloc(100_000, "no wheel");
  const asked: string[] = [];
  const { fetch, kept } = await setUp(
    { project: "broken" },
    {
      async readRange(_url, offset, length) {
        asked.push("range");
        return { bytes: bytes.subarray(offset, offset + length), size: bytes.length };
      },
    },
  );
  expect(await fetch()).toBe(false);
  expect(await kept()).toBe("lacks");
  const { rows } = await database.pool.query("select action from journal where normalized_name = 'broken'");
  expect(rows).toEqual([{ action: "mirror" }]);
  const before = asked.length;
  expect(await fetch()).toBe(false);
  expect(asked).toHaveLength(before);
});

test("trouble is not absence", async () => {
  const trouble = async () => {
    throw new UpstreamTrouble("server-error", "it answered 500", { retryAfter: 5 });
  };
  const { fetch, kept } = await setUp({ hasMetadata: true }, { getSmallFile: trouble });
  await expect(fetch()).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "5" } });
  expect(await kept()).toBeUndefined();
});

test("a file that nobody lists has none", async () => {
  const { client } = await setUp({});
  const { log } = recordingLog();
  const clock = { now: () => Temporal.Now.instant() };
  const deps = { db: database.db, store: disk.store, clock, log };
  const siblings = createMetadataSiblings({ ...deps, downloads: createDownloads(deps) });
  expect(await siblings.fetch(mirror, { address: "0".repeat(64), filename: wheel.filename }, client)).toBe(false);
});
