import { expect, test } from "vitest";
import { normalizeName } from "../packaging-standards/index.ts";
import { parseHtmlPage } from "./parse-html-page.ts";
import { parseJsonPage } from "./parse-json-page.ts";

const url = new URL("https://index.example/simple/acme/");
const context = { project: normalizeName("acme"), url, shown: url.href };
const SHA = "ab".repeat(32);

const readHtml = (html: string, serial: number | null = null) => parseHtmlPage(Buffer.from(html), serial, context);
const readJson = (page: object, serial: number | null = null, project = "acme") =>
  parseJsonPage(Buffer.from(JSON.stringify({ meta: { "api-version": "1.0" }, files: [], ...page })), serial, {
    ...context,
    project: normalizeName(project),
  });
const FILE = { filename: "acme-1.0.tar.gz", url: "f/acme-1.0.tar.gz" };

test.each<[string, string, object]>([
  [
    "entities and odd spelling",
    `<A HREF='f/acme-1.0.tar.gz?a=1&amp;b=2#sha256=${SHA}'>x</A>`,
    { hashes: { sha256: SHA }, url: "https://index.example/simple/acme/f/acme-1.0.tar.gz?a=1&b=2" },
  ],
  [
    "a digest among other things",
    `<a href="acme-1.0.tar.gz#egg=acme&sha256=${SHA}">x</a>`,
    { hashes: { sha256: SHA } },
  ],
  ["an encoded name", '<a href="acme-1.0%2Blocal.tar.gz">x</a>', { filename: "acme-1.0+local.tar.gz" }],
  ["a text cut short", '<a href="acme-1.0.tar.gz">acme-1..&gt;</a>', { filename: "acme-1.0.tar.gz" }],
  ["a name that only the text has", '<a href="/get?id=7"> acme-1.0.tar.gz\n</a>', { filename: "acme-1.0.tar.gz" }],
  [
    "a base",
    '<base href="/other/"><a href="acme-1.0.tar.gz">x</a>',
    { url: "https://index.example/other/acme-1.0.tar.gz" },
  ],
  [
    "the first base",
    '<base href="/one/"><base href="/two/"><a href="acme-1.0.tar.gz"></a>',
    { url: "https://index.example/one/acme-1.0.tar.gz" },
  ],
  [
    "the older name of metadata",
    `<a href="acme-1.0.tar.gz" data-dist-info-metadata="sha256=${SHA}">x</a>`,
    { hasMetadata: true, metadataSha256: SHA },
  ],
  ["metadata denied", '<a href="acme-1.0.tar.gz" data-core-metadata="false">x</a>', { hasMetadata: false }],
  ["a yank without a value", '<a href="acme-1.0.tar.gz" data-yanked>x</a>', { isYanked: true, yankedReason: "" }],
])("HTML may have %s", (_, html, facts) => {
  expect(readHtml(html).page.files).toMatchObject([facts]);
});

test("HTML has its serial in a comment where no header says it", () => {
  const html = '<a href="acme-1.0.tar.gz">x</a><!--SERIAL 7-->';
  expect([readHtml(html).page.serial, readHtml(html, 9).page.serial]).toEqual([7, 9]);
});

test("a base over http takes no file away from https", () => {
  const html = '<base href="http://index.example/"><a href="acme-1.0.tar.gz">x</a>';
  expect(() => readHtml(html)).toThrow("lists no file that can be used (not https)");
});

test.each<[string, object, object]>([
  ["core-metadata with a digest", { "core-metadata": { sha256: SHA } }, { hasMetadata: true, metadataSha256: SHA }],
  ["core-metadata", { "core-metadata": true }, { hasMetadata: true, metadataSha256: null }],
  ["dist-info-metadata", { "dist-info-metadata": { sha256: SHA } }, { hasMetadata: true, metadataSha256: SHA }],
  ["data-dist-info-metadata", { "data-dist-info-metadata": true }, { hasMetadata: true }],
  ["the newest of them", { "core-metadata": false, "dist-info-metadata": true }, { hasMetadata: false }],
  ["metadata that is nonsense", { "core-metadata": 7 }, { hasMetadata: false }],
  ["yanked", { yanked: true }, { isYanked: true, yankedReason: "" }],
  ["a reason", { yanked: "bad" }, { isYanked: true, yankedReason: "bad" }],
  ["an empty reason, which is none", { yanked: "" }, { isYanked: false }],
  ["nulls", { yanked: null, "requires-python": null, size: null, hashes: null }, { isYanked: false, hashes: {} }],
  ["keys that nobody knows", { future: [1], "gpg-sig": false }, { filename: "acme-1.0.tar.gz" }],
  ["a size that is nonsense", { size: "large" }, { size: null }],
])("JSON may have %s", (_, facts, expected) => {
  expect(readJson({ files: [{ ...FILE, ...facts }] }).page.files).toMatchObject([expected]);
});

test("one bad file does not spoil a page, and is counted", () => {
  const files = [
    FILE,
    { ...FILE, url: "/again" },
    7,
    { filename: "other-1.0.tar.gz", url: "x" },
    { ...FILE, hashes: 1 },
  ];
  const { page, leftOut } = readJson({ files });
  expect(page.files.map(({ filename }) => filename)).toEqual(["acme-1.0.tar.gz"]);
  expect(Object.fromEntries(leftOut)).toEqual({ "listed twice": 1, malformed: 2, "not a file of this project": 1 });
});

test.each<[unknown, number | null]>([
  [7, 7],
  ["7", 7],
  [0, 0],
  [-1, null],
  [1.5, null],
  ["seven", null],
  [null, null],
])("a serial %j is %j", (given, serial) => {
  expect(readJson({ meta: { "api-version": "1.0", "_last-serial": given } }).page.serial).toBe(serial);
});

test.each<[string, object, object, string?]>([
  ["spelling of the name", { name: "Acme" }, { displayName: "Acme" }],
  ["name where there is none", {}, { displayName: "acme" }],
  ["status", { "project-status": { status: "quarantined" } }, { status: "quarantined" }],
  ["name where it is one in a script of its own", { name: "\u212aite" }, { displayName: "kite" }, "kite"],
  ["name where it is endless", { name: `ac${"-_.".repeat(99)}me` }, { displayName: "ac-me" }, "ac-me"],
  ["reason on one line", { "project-status": { reason: " use\r\nbrie\0 " } }, { statusReason: "use brie" }],
  ["reason, and not a book", { "project-status": { reason: "x".repeat(9000) } }, { statusReason: "x".repeat(4096) }],
  ["reason, and no empty one", { "project-status": { reason: "\n" } }, { statusReason: null }],
  ["reason", { "project-status": { status: "deprecated", reason: "use brie" } }, { statusReason: "use brie" }],
  ["active for a status that nobody knows", { "project-status": { status: "sleepy" } }, { status: "active" }],
  ["active for nonsense", { "project-status": 7 }, { status: "active" }],
])("JSON gives the page its %s", (_, facts, expected, project = "acme") => {
  expect(readJson(facts, null, project).page).toMatchObject(expected);
});

test("a page of endless files is too large, in either form", () => {
  const tooLarge = expect.objectContaining({ kind: "too-large" });
  expect(() => readJson({ files: Array(100_001).fill(0) })).toThrow(tooLarge);
  expect(() => readHtml('<a href="x"></a>'.repeat(100_001))).toThrow(tooLarge);
});
