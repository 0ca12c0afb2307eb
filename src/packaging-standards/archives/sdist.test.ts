import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { buildSdist, buildWheel } from "../../../test/support/distributions.ts";
import { buildTar, buildTarGz, paxRecords, type TarMemberInput } from "../../../test/support/tar-builder.ts";
import { buildZip } from "../../../test/support/zip-builder.ts";
import { bytesOfBuffer } from "./bytes.ts";
import { checkSdistLicenseFiles, readSdist } from "./sdist.ts";

const FILENAME = "demo-1.0.tar.gz";
const DIR: TarMemberInput = { name: "d/", type: "5" };
const INFO: TarMemberInput = { name: "d/PKG-INFO", contents: "Name: demo\n" };

function read(bytes: Uint8Array, filename = FILENAME) {
  return readSdist(bytesOfBuffer(bytes), filename, { archivesUrl: "DOCS/archives" });
}

async function pkgInfo(bytes: Uint8Array): Promise<string> {
  return Buffer.from((await read(bytes)).pkgInfo).toString();
}

test("a source distribution's PKG-INFO comes out as it went in", async () => {
  const sdist = buildSdist({ name: "Some.Thing", description: "Käse\n" });
  const contents = await read(sdist.bytes, sdist.filename);
  expect(Buffer.from(contents.pkgInfo).toString()).toBe(sdist.metadata);
  expect(contents.top).toBe("some_thing-1.0");
  expect(contents.memberNames).toContain("some_thing-1.0/pyproject.toml");
});

test("license files have to lie below the top folder", async () => {
  const sdist = buildSdist({ licenseFiles: { LICENSE: "free", "docs/COPYING": "free" } });
  const contents = await read(sdist.bytes);
  expect(() => checkSdistLicenseFiles(contents, FILENAME, ["LICENSE", "docs/COPYING"])).not.toThrow();
  expect(() => checkSdistLicenseFiles(contents, FILENAME, ["NOTICE"])).toThrow(
    "License-File NOTICE does not exist in distribution file demo-1.0.tar.gz at demo-1.0/NOTICE",
  );
});

function link(name: string, linkName: string, type = "2"): TarMemberInput {
  return { name, linkName, type };
}

function notAccepted(reason: string): string {
  return `tar archive not accepted: ${reason}. See DOCS/archives for more information`;
}

const SPARSE = notAccepted("Sparse members are not allowed");
const ABSOLUTE = notAccepted("Absolute member names are not allowed");
const LINKS = notAccepted("Links must stay inside the archive");
const TOP = "Incorrect number of top-level directories in sdist";
const UNREADABLE = "File is not a valid tarfile";
const whole = buildTarGz([DIR, INFO]);
const refusals: [string, string, Buffer][] = [
  ["text", "File is not a tarfile", Buffer.from("demo")],
  ["nothing", "File is not a tarfile", Buffer.alloc(0)],
  ["a gzip file of text", "File is not a tarfile", gzipSync("demo ".repeat(500))],
  ["damaged gzip data", "File is not a tarfile", Buffer.concat([whole.subarray(0, 12), Buffer.alloc(600, 0xff)])],
  ["a zip", "File is not a tarfile", buildWheel().bytes],
  ["a zip after the tar", "File is both a zip and a tar file", Buffer.concat([whole, buildWheel().bytes])],
  [
    "gzip members without end",
    UNREADABLE,
    Buffer.concat([gzipSync(buildTar([DIR], { endBlocks: 0 })), ...Array.from({ length: 10_001 }, () => gzipSync(""))]),
  ],
  [
    "a second gzip member with a wrong checksum",
    UNREADABLE,
    Buffer.concat([gzipSync(buildTar([DIR, INFO], { endBlocks: 0 })).subarray(0, -8), Buffer.alloc(8)]),
  ],
  ["a tar without gzip", UNREADABLE, buildTar([DIR, INFO])],
  [
    "data that stops in the middle",
    UNREADABLE,
    gzipSync(buildTar([DIR, { ...INFO, contents: "x".repeat(5000) }]).subarray(0, 3000)),
  ],
  ["gzip data that stops in the middle", UNREADABLE, buildSdist({ padding: 9000 }).bytes.subarray(0, 8000)],
  ["a wrong checksum after the first member", UNREADABLE, buildTarGz([DIR, { ...INFO, checksum: 1 }])],
  [
    "pax records of a wrong length",
    UNREADABLE,
    buildTarGz([DIR, { name: "pax", type: "x", contents: "99 path=a\n" }, INFO]),
  ],
  ["a pax size that is no number", UNREADABLE, buildTarGz([DIR, { ...INFO, pax: { size: "-1" } }])],
  [
    "a long name that goes on behind its size",
    UNREADABLE,
    buildTarGz([DIR, INFO, { name: "l", type: "L", contents: "d/longer", size: 1 }, { name: "x" }]),
  ],
  [
    "pax records that go on behind their size",
    UNREADABLE,
    buildTarGz([DIR, INFO, { name: "p", type: "x", contents: "12 path=d/x\n12 path=d/y\n", size: 12 }, { name: "x" }]),
  ],
  [
    "a long name that no member follows",
    UNREADABLE,
    buildTarGz([DIR, INFO, { name: "l", type: "L", contents: "d/x\0" }]),
  ],
  ["a mode that is no number", UNREADABLE, buildTarGz([DIR, INFO, { name: "d/x", mode: "rw-r--r" }])],
  ["a GNU sparse member", SPARSE, buildTarGz([DIR, INFO, { name: "d/s", type: "S" }])],
  ["a pax sparse member", SPARSE, buildTarGz([DIR, INFO, { name: "d/s", pax: { "GNU.sparse.major": "1" } }])],
  ["no members", TOP, buildTarGz([])],
  ["two top folders", TOP, buildTarGz([DIR, INFO, { name: "e/x" }])],
  ["no top folder", TOP, buildTarGz([{ name: "PKG-INFO" }, { name: "x" }])],
  ["the current folder alone", TOP, buildTarGz([{ name: ".", type: "5" }])],
  ["no PKG-INFO", "PKG-INFO not found at d/PKG-INFO", buildTarGz([DIR, { name: "d/x" }])],
  ["PKG-INFO deeper down alone", "PKG-INFO not found at d/PKG-INFO", buildTarGz([DIR, { name: "d/e/PKG-INFO" }])],
  ["PKG-INFO as the only member", "PKG-INFO not found at d/PKG-INFO/PKG-INFO", buildTarGz([INFO])],
  [
    "members named from the current folder",
    "PKG-INFO not found at d/PKG-INFO",
    buildTarGz([{ name: "./d/", type: "5" }, { name: "./d/PKG-INFO" }]),
  ],
  [
    "PKG-INFO that is a link",
    "PKG-INFO not found at d/PKG-INFO",
    buildTarGz([DIR, { name: "d/x" }, link("d/PKG-INFO", "x")]),
  ],
  [
    "PKG-INFO that is a folder",
    "PKG-INFO not found at d/PKG-INFO",
    buildTarGz([DIR, { name: "d/PKG-INFO/", type: "5" }]),
  ],
  ["an absolute member", ABSOLUTE, buildTarGz([DIR, INFO, { name: "/etc/passwd" }])],
  ["absolute members only", ABSOLUTE, buildTarGz([{ name: "/d/PKG-INFO" }, { name: "/d/x" }])],
  ["an absolute name in a pax header", ABSOLUTE, buildTarGz([DIR, INFO, { name: "d/x", pax: { path: "/x" } }])],
  [
    "an absolute long name",
    ABSOLUTE,
    buildTarGz([DIR, INFO, { name: "l", type: "L", contents: "/x\0" }, { name: "d/x" }]),
  ],
  [
    "a member that climbs",
    notAccepted("Parent directories in member names are not allowed"),
    buildTarGz([DIR, INFO, { name: "d/../../x" }]),
  ],
  [
    "a backslash",
    notAccepted("Backslashes in member names are not allowed"),
    buildTarGz([DIR, INFO, { name: "d/..\\x" }]),
  ],
  [
    "a name of 5,000 characters",
    notAccepted("Too long member names"),
    buildTarGz([DIR, INFO, { name: "d/x", pax: { path: `d/${"x".repeat(5000)}` } }]),
  ],
  [
    "pax records of 2 MiB",
    notAccepted("Too long extended headers"),
    buildTarGz([DIR, { ...INFO, pax: { comment: "x".repeat(2 ** 21) } }]),
  ],
  [
    "a PKG-INFO of more than 8 MiB",
    notAccepted("PKG-INFO is too large"),
    buildTarGz([DIR, { name: "d/PKG-INFO", contents: Buffer.alloc(2 ** 23 + 1) }]),
  ],
  ["an absolute link", LINKS, buildTarGz([DIR, INFO, link("d/x", "/etc/passwd")])],
  ["a link that climbs out", LINKS, buildTarGz([DIR, INFO, link("d/x", "../../x")])],
  ["a hard link that climbs out", LINKS, buildTarGz([DIR, INFO, link("d/x", "../x", "1")])],
  ["a link with backslashes", LINKS, buildTarGz([DIR, INFO, link("d/x", "..\\..\\x")])],
  [
    "a link in a pax header that climbs out",
    LINKS,
    buildTarGz([DIR, INFO, { ...link("d/x", "y"), pax: { linkpath: "../../x" } }]),
  ],
  [
    "a link that climbs out by way of another",
    LINKS,
    buildTarGz([DIR, INFO, link("d/a/b", "../.."), link("d/x", "a/b/../x")]),
  ],
  [
    "a link that climbs out by way of a later one",
    LINKS,
    buildTarGz([DIR, INFO, link("d/x", "a/../.."), link("d/a", "..")]),
  ],
];

test.each(refusals)("%s: refused", async (_, message, bytes) => {
  await expect(read(bytes)).rejects.toMatchObject({ name: "InvalidArchive", check: "archive", message });
});

test("an archive of 64 MiB and more than 50 times its size is left in the middle", async () => {
  const bomb = gzipSync(buildTar([DIR, INFO, { name: "d/zeros", contents: Buffer.alloc(80 * 1024 * 1024) }]));
  await expect(read(bomb)).rejects.toThrow("File exceeds compression ratio of 50");
});

const accepted: [string, Buffer][] = [
  [
    "links that stay inside",
    buildTarGz([
      DIR,
      INFO,
      link("d/a", "b/../PKG-INFO"),
      link("d/h", "d/PKG-INFO", "1"),
      { name: "d/b/", type: "5" },
      link("d/c", "b/../../d/x"),
    ]),
  ],
  [
    "links that go round in circles",
    buildTarGz([DIR, INFO, link("d/a", "b"), link("d/b", "a"), link("d/c", "a/../x")]),
  ],
  ["a member that comes by way of a link inside", buildTarGz([DIR, INFO, link("d/a", "."), { name: "d/a/x" }])],
  ["no zero blocks at the end", gzipSync(buildTar([DIR, INFO], { endBlocks: 0 }))],
  [
    "a hard link that says a size it has no data for",
    buildTarGz([DIR, { ...link("d/h", "d/PKG-INFO", "1"), size: 11 }, INFO]),
  ],
  [
    "an old header without format",
    buildTarGz([
      { name: "d/", type: "\0" },
      { ...INFO, type: "\0" },
    ]),
  ],
  ["members after the end", gzipSync(Buffer.concat([buildTar([DIR, INFO]), buildTar([{ name: "/hidden" }])]))],
  ["junk after the gzip data", Buffer.concat([whole, Buffer.from("junk")])],
  ["two gzip members", Buffer.concat([gzipSync(buildTar([DIR], { endBlocks: 0 })), gzipSync(buildTar([INFO]))])],
  ["a name split into prefix and name", buildTarGz([DIR, { name: "PKG-INFO", prefix: "d", contents: "Name: demo\n" }])],
  ["a name in a pax header", buildTarGz([DIR, { ...INFO, name: "ignored", pax: { path: "d/PKG-INFO" } }])],
  ["a size in a pax header", buildTarGz([DIR, { ...INFO, size: 0, pax: { size: "11" } }])],
  [
    "a long name of GNU",
    buildTarGz([DIR, { name: "l", type: "L", contents: "d/PKG-INFO\0" }, { ...INFO, name: "ignored" }]),
  ],
  [
    "global pax records",
    buildTarGz([{ name: "g", type: "g", contents: paxRecords({ comment: "of a tag" }) }, DIR, INFO]),
  ],
  ["another PKG-INFO before, of a folder below", buildTarGz([{ name: "d/e/PKG-INFO", contents: "no" }, INFO])],
  ["another PKG-INFO after, of a folder below", buildTarGz([DIR, INFO, { name: "d/e/PKG-INFO", contents: "no" }])],
  ["PKG-INFO twice, the second right", buildTarGz([DIR, { ...INFO, contents: "old" }, INFO])],
];

test.each(accepted)("%s: accepted", async (_, bytes) => {
  expect(await pkgInfo(bytes)).toBe("Name: demo\n");
});

test("a top folder may lie below another, and need not carry the project's name", async () => {
  const contents = await read(buildTarGz([{ name: "a/b/PKG-INFO" }, { name: "a/b/x" }]));
  expect(contents.top).toBe("a/b");
});

test("gzip data may lack its last bytes, as long as the tar is whole", async () => {
  for (let missing = 1; missing <= 8; missing++) {
    expect(await pkgInfo(whole.subarray(0, whole.length - missing))).toBe("Name: demo\n");
  }
});

test("what another program packs is read the same", async () => {
  const packer = pack();
  const long = `d/${"very-long-folder-name/".repeat(12)}ümlaut.txt`;
  packer.entry({ name: "d", type: "directory" });
  packer.entry({ name: "d/PKG-INFO" }, "Name: demo\n");
  packer.entry({ name: long }, "x");
  packer.finalize();
  const contents = await read(gzipSync(await buffer(Readable.from(packer))));
  expect([...contents.memberNames]).toEqual(["d", "d/PKG-INFO", long]);
});

test("names and links that are made to be slow to look at are not", async () => {
  const slashes = Array.from({ length: 500 }, () => ({ name: "x", pax: { path: `d${"/".repeat(4000)}x` } }));
  const links = Array.from({ length: 500 }, (_, index) => ({
    name: `d/l${index}`,
    type: "2",
    pax: { linkpath: `l${(index + 1) % 500}/${"a/b/".repeat(990)}` },
  }));
  const start = performance.now();
  await read(buildTarGz([DIR, INFO, ...slashes]));
  await expect(read(buildTarGz([DIR, INFO, ...links]))).rejects.toThrow("Too many links");
  expect(performance.now() - start).toBeLessThan(15_000);
});

const zips: [string, string, Buffer][] = [
  ["no top folder", TOP, buildZip([{ name: "PKG-INFO" }, { name: "x" }])],
  ["no PKG-INFO", "PKG-INFO not found at d/PKG-INFO", buildZip([{ name: "d/x" }, { name: "d/y" }])],
  ["text", "File is not a zipfile", Buffer.from("demo")],
  [
    "a name that climbs",
    "ZIP archive not accepted: Parent directories in member names are not allowed. See DOCS/archives for more information",
    buildZip([{ name: "d/PKG-INFO" }, { name: "d/../x" }]),
  ],
];

test.each(zips)("a .zip source distribution with %s is refused", async (_, message, bytes) => {
  await expect(read(bytes, "demo-1.0.zip")).rejects.toMatchObject({ name: "InvalidArchive", message });
});

test("a .zip source distribution is read like a .tar.gz", async () => {
  const zip = buildZip([{ name: "d/" }, { name: "d/PKG-INFO", contents: "Name: demo\n", deflate: true }]);
  const contents = await read(zip, "demo-1.0.zip");
  expect(Buffer.from(contents.pkgInfo).toString()).toBe("Name: demo\n");
  expect([...contents.memberNames]).toEqual(["d", "d/PKG-INFO"]);
});
