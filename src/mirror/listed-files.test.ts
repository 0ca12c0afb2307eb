import { expect, test } from "vitest";
import { normalizeName } from "../packaging-standards/index.ts";
import { checkFile, type RawFile } from "./listed-files.ts";

const PAGE = new URL("https://index.example/simple/acme/");
const SHA = "ab".repeat(32);
const plain: RawFile = {
  filename: "acme-1.0.tar.gz",
  url: "../../files/acme-1.0.tar.gz",
  hashes: {},
  hasMetadata: false,
  metadataHashes: {},
};

const check = (raw: Partial<RawFile>, page = PAGE) =>
  checkFile({ ...plain, ...raw }, normalizeName("acme"), page, page);

test.each<[string, Partial<RawFile>, object]>([
  ["an address relative to the page", {}, { url: "https://index.example/files/acme-1.0.tar.gz" }],
  ["no fragment, user or password", { url: "https://u:p@f.example/a?b=1#c" }, { url: "https://f.example/a?b=1" }],
  ["digests in lower case", { hashes: { SHA256: SHA.toUpperCase() } }, { hashes: { sha256: SHA } }],
  [
    "several digests",
    { hashes: { sha256: SHA, md5: "0".repeat(32) } },
    { hashes: { sha256: SHA, md5: "0".repeat(32) } },
  ],
  ["no digest that nobody knows", { hashes: { crc32: "00000000", constructor: "x" } }, { hashes: {} }],
  ["microseconds", { uploadTime: "2026-01-02T03:04:05.0006Z" }, { uploadedAt: "2026-01-02T03:04:05.000600Z" }],
  ["whole seconds", { uploadTime: "2026-01-02T03:04:05Z" }, { uploadedAt: "2026-01-02T03:04:05.000000Z" }],
  ["an offset", { uploadTime: "2026-01-02T05:04:05+02:00" }, { uploadedAt: "2026-01-02T03:04:05.000000Z" }],
  ["no time without a zone", { uploadTime: "2026-01-02T03:04:05" }, { uploadedAt: null }],
  ["no time of another age", { uploadTime: "+012026-01-02T03:04:05Z" }, { uploadedAt: null }],
  ["no time of a year that no calendar has", { uploadTime: "0000-05-01T00:00:00Z" }, { uploadedAt: null }],
  ["the first year there is", { uploadTime: "0001-01-01T00:00:00Z" }, { uploadedAt: "0001-01-01T00:00:00.000000Z" }],
  ["no negative size", { size: -1 }, { size: null }],
  ["no broken size", { size: 1.5 }, { size: null }],
  ["nothing for an empty Requires-Python", { requiresPython: " " }, { requiresPython: null }],
  ["one line of Requires-Python", { requiresPython: ">=3.8,\n <4" }, { requiresPython: ">=3.8, <4" }],
  ["a yank without a reason", { yanked: "" }, { isYanked: true, yankedReason: "" }],
  ["a yank with one", { yanked: "bad\0\nbuild" }, { isYanked: true, yankedReason: "bad build" }],
  ["metadata with its digest", { hasMetadata: true, metadataHashes: { sha256: SHA } }, { metadataSha256: SHA }],
  ["metadata with a broken digest", { hasMetadata: true, metadataHashes: { sha256: "x" } }, { metadataSha256: null }],
  ["provenance that is an address", { provenance: "https://p.example/x" }, { provenance: "https://p.example/x" }],
  ["no other provenance", { provenance: "javascript:alert(1)" }, { provenance: null }],
])("a file keeps %s", (_, raw, facts) => {
  expect(check(raw)).toMatchObject(facts);
});

test.each<[string, Partial<RawFile>]>([
  ["not a file of this project", { filename: "other-1.0.tar.gz" }],
  ["not a file of this project", { filename: "acme_extra-1.0-py3-none-any.whl" }],
  ["not a file of this project", { filename: "../acme-1.0.tar.gz" }],
  ["not a file of this project", { filename: "acme-1.0\n.tar.gz" }],
  ["not a file of this project", { filename: `acme-1.0+${"x".repeat(255)}.tar.gz` }],
  ["not a file of this project", { filename: "" }],
  ["bad address", { url: "ftp://files.example/acme-1.0.tar.gz" }],
  ["bad address", { url: "javascript:alert(1)" }],
  ["bad address", { url: "https://" }],
  ["bad address", { url: `/${"x".repeat(5000)}` }],
  ["not https", { url: "http://index.example/files/acme-1.0.tar.gz" }],
  ["bad digest", { hashes: { sha256: "ab" } }],
  ["bad digest", { hashes: { sha256: "zz".repeat(32) } }],
])("a file is left out: %s (%j)", (fault, raw) => {
  expect(check(raw)).toBe(fault);
});

test("a page that came by http may list http", () => {
  const page = new URL("http://index.example/simple/acme/");
  expect(check({}, page)).toMatchObject({ url: "http://index.example/files/acme-1.0.tar.gz" });
});
