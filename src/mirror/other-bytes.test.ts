import { afterAll, beforeEach, expect, test } from "vitest";
import { temporaryDatabase } from "../../test/support/database.ts";
import {
  sha256 as digestOf,
  listedFile,
  pageAnswer,
  type ToldUpstream,
  tellUpstream,
} from "../../test/support/told-upstream.ts";
import type { ListedFile } from "./upstream-page.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());
const { db } = database;

let upstream: ToldUpstream;
beforeEach(async () => {
  upstream = await tellUpstream(db);
});

const path = `ab/cd/${"0123456789".repeat(6)}`;

test.each<[what: string, first: Partial<ListedFile>, address: string]>([
  ["of an address of our shape: that one", { url: `https://f.test/p/${path}/brie-1.0-py3-none-any.whl` }, path],
  ["of any other address: the digest", { url: "https://f.test/ab/cd/brie.whl" }, digestOf(listedFile().filename)],
  [
    "without a digest: that of the address",
    { url: "https://f.test/b.whl", hashes: {} },
    digestOf("https://f.test/b.whl"),
  ],
])("what stands in a file's address here, %s", async (_, first, address) => {
  await upstream.hear(pageAnswer({ files: [listedFile(first)] }));
  expect((await upstream.known())?.files[0]?.upstream.address).toBe(address.replaceAll("/", ""));
});

test.each<[what: string, first: Partial<ListedFile>, then: Partial<ListedFile>, sha256: string | null]>([
  ["moves", {}, { url: `https://f.test/${path}/x.whl` }, digestOf(listedFile().filename)],
  ["gets a digest", { hashes: {} }, {}, digestOf(listedFile().filename)],
  ["gets another kind of digest", { hashes: { md5: "1".repeat(32) } }, { hashes: { sha512: "2".repeat(128) } }, null],
])("a file that %s keeps its address and its first sight", async (_, first, then, sha256) => {
  await upstream.hear(pageAnswer({ files: [listedFile(first)] }));
  const before = await upstream.known();
  await upstream.hear(pageAnswer({ files: [listedFile(then)] }));
  const after = await upstream.known();
  expect(after?.files).toHaveLength(1);
  expect(after?.files[0]).toMatchObject({
    sha256,
    upstream: { address: before?.files[0]?.upstream.address, isBaseline: true },
  });
  expect(upstream.lines).toEqual([]);
});

test.each<[where: string, url: string]>([
  ["at an address of our shape", `https://f.test/${path}/brie-1.0-py3-none-any.whl`],
  ["at any other address", "https://f.test/brie-1.0-py3-none-any.whl"],
])("other bytes under a known name, %s, are another file at another address, and somebody is told", async (_, url) => {
  const poison = listedFile({ url, hashes: { sha256: digestOf("poison") } });
  await upstream.hear(pageAnswer({ files: [listedFile({ url })] }));
  const before = await upstream.known();
  await upstream.hear(pageAnswer({ files: [poison] }));
  expect((await upstream.known())?.files).toMatchObject([
    {
      sha256: digestOf("poison"),
      upstream: { address: digestOf("poison"), isBaseline: false, firstSeenAt: upstream.now().toString() },
    },
  ]);
  expect(upstream.lines).toMatchObject([
    { level: "warn", fields: { file: poison.filename, before: digestOf(poison.filename), now: digestOf("poison") } },
  ]);
  // And back: the first row again, with the first address.
  await upstream.hear(pageAnswer({ files: [poison] }), pageAnswer({ files: [listedFile({ url })] }));
  expect((await upstream.known())?.files).toEqual(before?.files);
  expect(upstream.lines).toHaveLength(2);
});

test("other bytes by a digest of another kind are another file, too", async () => {
  const url = "https://f.test/brie.whl";
  const withMd5 = (digit: string) => pageAnswer({ files: [listedFile({ url, hashes: { md5: digit.repeat(32) } })] });
  await upstream.hear(withMd5("1"), withMd5("2"), withMd5("2"));
  expect(await upstream.known()).toMatchObject({ files: [{ md5: "2".repeat(32) }] });
  expect((await upstream.known())?.files[0]?.upstream.address).not.toBe(digestOf(url));
  expect(upstream.lines).toMatchObject([{ level: "warn" }]);
});

test("other bytes are told of, too, when the file was away for a while", async () => {
  const poison = pageAnswer({ files: [listedFile({ hashes: { sha256: digestOf("poison") } })] });
  await upstream.hear(pageAnswer(), pageAnswer({ files: [] }), poison, poison);
  expect(upstream.lines).toMatchObject([{ level: "warn", fields: { now: digestOf("poison") } }]);
});
