import { expect, test } from "vitest";
import { buildZip, extraField, longs, type ZipEntryInput, type ZipOptions } from "../../../test/support/zip-builder.ts";
import { bytesOfBuffer } from "./bytes.ts";
import { openCheckedZip } from "./zip-archive.ts";

const FIXME: ZipEntryInput = { name: "fixme", contents: "hello" };
const OTHER: ZipEntryInput = { name: "other", contents: "there", deflate: true };
const LONG = 0xffffffff;

async function verdict(zip: Buffer): Promise<string> {
  try {
    await openCheckedZip(bytesOfBuffer(zip), { archivesUrl: "DOCS/archives" }, () => {});
    return "accepted";
  } catch (error) {
    return String(error);
  }
}

function zip64(...values: number[]): Buffer {
  return extraField(0x0001, longs(...values));
}

function unicodePath(name: string | Uint8Array): Buffer {
  return extraField(0x7075, Buffer.concat([Buffer.alloc(5, 1), Buffer.from(name)]));
}

const accepted: [string, readonly ZipEntryInput[], ZipOptions?][] = [
  ["stored and deflated entries", [FIXME, OTHER]],
  ["no entries", []],
  ["a folder", [{ name: "d/" }, { name: "d/file" }]],
  ["odd names that are no path twice", [{ name: "d//file" }, { name: "./g" }, { name: "e./f" }]],
  ["an archive comment", [FIXME], { comment: "made by hand" }],
  ["ZIP64 end records that agree", [FIXME], { zip64: {} }],
  [
    "ZIP64 end records, plain numbers all ones",
    [FIXME],
    { zip64: {}, end: { records: 65535, recordsHere: 65535, size: LONG, offset: LONG } },
  ],
  [
    "ZIP64 sizes in the extra",
    [
      {
        ...FIXME,
        local: { size: LONG, compressedSize: LONG, extra: zip64(5, 5) },
        central: { size: LONG, compressedSize: LONG, extra: zip64(5, 5) },
      },
    ],
  ],
  ["an empty ZIP64 extra", [{ ...FIXME, local: { extra: zip64() } }]],
  [
    "an 8-byte ZIP64 extra of a stored entry",
    [{ ...FIXME, local: { size: LONG, compressedSize: LONG, extra: zip64(5) } }],
  ],
  [
    "other extra fields, twice",
    [{ ...FIXME, local: { extra: Buffer.concat([extraField(9, longs(1)), extraField(9, longs(1))]) } }],
  ],
  ["a name in UTF-8 without the flag", [{ name: "é", local: { flags: 0 }, central: { flags: 0 } }]],
  [
    "a unicode path that repeats the name",
    [{ ...FIXME, local: { extra: unicodePath("fixme") }, central: { extra: unicodePath("fixme") } }],
  ],
];

test.each(accepted)("%s is accepted", async (_, entries, options) => {
  expect(await verdict(buildZip(entries, options))).toBe("accepted");
});

const framing: [string, string, readonly ZipEntryInput[], ZipOptions?][] = [
  ["bytes before the zip", "Unknown record signature", [FIXME], { prefix: Buffer.from("#!/bin/sh\n") }],
  [
    "bytes before the zip, offsets counted from them",
    "Unknown record signature",
    [FIXME],
    { prefix: Buffer.from("MZ") },
  ],
  ["bytes before the directory", "Unknown record signature", [FIXME], { beforeDirectory: Buffer.from("stray") }],
  ["a data descriptor", "ZIP contains a data descriptor", [{ ...FIXME, dataDescriptor: true }]],
  ["a control character in a name", "Invalid character in filename", [{ name: "a\nb" }]],
  ["DEL in a name", "Invalid character in filename", [{ name: "a\x7f" }]],
  ["NUL in a name", "Invalid character in filename", [{ name: "a\0b" }]],
  ["a name in Latin-1", "Filename not unicode", [{ name: Buffer.from("é", "latin1") }]],
  [
    "a unicode path in Latin-1",
    "Filename not valid UTF-8",
    [{ ...FIXME, local: { extra: unicodePath(Buffer.from("é", "latin1")) } }],
  ],
  [
    "a unicode path with a control character",
    "Invalid character in filename",
    [{ ...FIXME, local: { extra: unicodePath("fix\0me") } }],
  ],
  [
    "a unicode path that is another name",
    "Mis-matched unicode filename",
    [{ ...FIXME, local: { extra: unicodePath("other") } }],
  ],
  [
    "a unicode path in the directory alone",
    "Mis-matched unicode filename",
    [{ ...FIXME, central: { extra: unicodePath("other") } }],
  ],
  [
    "two unicode paths",
    "Invalid duplicate extra in local file",
    [{ ...FIXME, local: { extra: Buffer.concat([unicodePath("fixme"), unicodePath("fixme")]) } }],
  ],
  [
    "two ZIP64 extras",
    "Invalid duplicate extra in local file",
    [{ ...FIXME, local: { extra: Buffer.concat([zip64(), zip64()]) } }],
  ],
  [
    "two ZIP64 extras in the directory",
    "Malformed zip file",
    [{ ...FIXME, central: { extra: Buffer.concat([zip64(), zip64()]) } }],
  ],
  ["an extra of three bytes", "Malformed zip file", [{ ...FIXME, local: { extra: Buffer.from("abc") } }]],
  [
    "an extra that overruns",
    "Malformed zip file",
    [{ ...FIXME, local: { extra: extraField(9, longs(1)).subarray(0, 8) } }],
  ],
  [
    "a ZIP64 extra of an odd length",
    "Malformed zip file",
    [{ ...FIXME, local: { extra: extraField(1, Buffer.alloc(12)) } }],
  ],
  ["a ZIP64 extra that is too long", "Malformed zip file", [{ ...FIXME, local: { extra: zip64(5, 5, 0, 0) } }]],
  [
    "an empty ZIP64 extra where it is needed",
    "Malformed zip file",
    [{ ...FIXME, local: { size: LONG, extra: zip64() } }],
  ],
  [
    "an 8-byte ZIP64 extra of a deflated entry",
    "Malformed zip file",
    [{ ...OTHER, local: { size: LONG, extra: zip64(5) } }],
  ],
  ["a ZIP64 extra beside another plain size", "Malformed zip file", [{ ...FIXME, local: { extra: zip64(7, 7) } }]],
  [
    "a ZIP64 extra in the directory beside another plain size",
    "Malformed zip file",
    [{ ...FIXME, central: { extra: zip64(7, 7) } }],
  ],
  ["a local entry the directory lacks", "Filename not in central directory", [FIXME, { ...OTHER, omitCentral: true }]],
  [
    "an entry with another name in the directory",
    "Filename not in central directory",
    [{ ...FIXME, central: { name: "fixed" } }],
  ],
  [
    "a directory entry without local header",
    "Missing filename in local headers",
    [FIXME, { ...OTHER, omitLocal: true }],
  ],
  ["a compressed size that differs", "Mis-matched data size", [{ ...FIXME, central: { compressedSize: 4 } }]],
  ["an uncompressed size that differs", "Mis-matched file size", [{ ...FIXME, central: { size: 4 } }]],
  ["a stored entry of two sizes", "Mis-matched file size", [{ ...FIXME, central: { size: 4 }, local: { size: 4 } }]],
  ["a method that differs", "Mis-matched compression method", [{ ...FIXME, central: { method: 8 } }]],
  ["a CRC that differs", "Mis-matched checksum", [{ ...FIXME, central: { crc: 1 } }]],
  [
    "a directory entry that points elsewhere",
    "Mis-matched header offset",
    [FIXME, { ...OTHER, central: { offset: 0 } }],
  ],
  ["one name twice", "Duplicate filename in local headers", [FIXME, FIXME]],
  [
    "one name twice in the directory alone",
    "Duplicate filename in central directory",
    [FIXME, { ...FIXME, omitLocal: true, central: { offset: 0 } }],
  ],
  ["a comment of an entry", "Comment in central directory", [{ ...FIXME, comment: "hidden" }]],
  ["extensible ZIP64 data", "ZIP64 extensible data not allowed", [FIXME], { zip64: { extensible: Buffer.alloc(4) } }],
  [
    "extensible ZIP64 data that is not announced",
    "Malformed zip file",
    [FIXME],
    { zip64: { extensible: Buffer.alloc(4), recordSize: 44 } },
  ],
  ["a locator that points elsewhere", "Malformed zip file", [FIXME], { zip64: { locatorOffset: 0 } }],
  [
    "fewer records in the end record",
    "Mismatched central directory records",
    [FIXME, OTHER],
    { end: { records: 1, recordsHere: 1 } },
  ],
  [
    "more records in the ZIP64 end record",
    "Mismatched central directory records",
    [FIXME],
    { zip64: { records: 2, recordsHere: 2 } },
  ],
  ["records on another disk", "Malformed zip file", [FIXME], { end: { recordsHere: 0 } }],
  ["records on another disk (ZIP64)", "Malformed zip file", [FIXME], { zip64: { recordsHere: 0 } }],
  [
    "a plain count that contradicts the ZIP64 one",
    "Mismatched central directory records",
    [FIXME],
    { zip64: {}, end: { records: 2, recordsHere: 2 } },
  ],
  [
    "a plain offset that contradicts the ZIP64 one",
    "Mismatched central directory offset",
    [FIXME],
    { zip64: {}, end: { offset: 1 } },
  ],
  [
    "a plain size that contradicts the ZIP64 one",
    "Mismatched central directory size",
    [FIXME],
    { zip64: {}, end: { size: 1 } },
  ],
  ["an end record with a lower offset", "Mismatched central directory offset", [FIXME], { end: { offset: 1 } }],
  ["bytes after the end record", "Trailing data", [FIXME], { suffix: Buffer.from("more") }],
  [
    "a comment that reads like an end record",
    "Filename not in central directory",
    [FIXME],
    { comment: `PK\x05\x06${"\0".repeat(18)}` },
  ],
  ["an absolute name", "Absolute member names are not allowed", [{ name: "/etc/passwd" }]],
  ["a name with a drive", "Absolute member names are not allowed", [{ name: "c:evil" }]],
  ["a name that climbs", "Parent directories in member names are not allowed", [{ name: "a/../../b" }]],
  ["a backslash in a name", "Backslashes in member names are not allowed", [{ name: "a\\b" }]],
  ["an empty name", "Invalid member name", [{ name: "" }]],
  ["one path in two spellings", "Duplicate member names", [{ name: "a/b" }, { name: "a//b" }]],
  ["one path in two spellings, the other first", "Duplicate member names", [{ name: "./a" }, { name: "a" }]],
  ["one path in two odd spellings", "Duplicate member names", [{ name: "a/./b" }, { name: "a//b" }]],
  ["a folder and a file of one name", "Duplicate member names", [{ name: "a/" }, { name: "a" }]],
  ["an endless name", "Too long member names", [{ name: "x".repeat(5000) }]],
  ["a name in UTF-8 with the flag in one header", "Mis-matched filename", [{ name: "é", local: { flags: 0 } }]],
  ["a local header that says encrypted", "Encrypted members are not allowed", [{ ...FIXME, local: { flags: 1 } }]],
  ["strong encryption in the directory", "Encrypted members are not allowed", [{ ...FIXME, central: { flags: 0x40 } }]],
  [
    "an encrypted entry",
    "Encrypted members are not allowed",
    [{ ...FIXME, local: { flags: 1 }, central: { flags: 1 } }],
  ],
];

test.each(framing)("%s: %s", async (_, reason, entries, options) => {
  const message = `ZIP archive not accepted: ${reason}. See DOCS/archives for more information`;
  expect(await verdict(buildZip(entries, options))).toBe(`InvalidArchive: ${message}`);
});

const unreadable: [string, string, Buffer][] = [
  ["text", "File is not a zipfile", Buffer.from("not a zip")],
  ["nothing", "File is not a zipfile", Buffer.alloc(0)],
  ["a zip without end record", "File is not a zipfile", buildZip([FIXME], { omitEnd: true })],
  [
    "a directory that does not start where its size says",
    "File is not a zipfile",
    buildZip([FIXME], { end: { size: 48 } }),
  ],
  ["a ZIP64 end record without locator", "File is not a zipfile", buildZip([FIXME], { zip64: { omitLocator: true } })],
  ["an offset beyond the directory", "File is not a valid zipfile", buildZip([FIXME], { end: { offset: 9999 } })],
  ["a damaged record in the directory", "File is not a valid zipfile", damagedSecondRecord()],
  [
    "bzip2 entries",
    "File does not use a supported compression type",
    buildZip([{ ...FIXME, local: { method: 12 }, central: { method: 12 } }]),
  ],
  [
    "64 MiB and more than 50 times as much as the zip",
    "File exceeds compression ratio of 50",
    buildZip([{ name: "zeros", contents: Buffer.alloc(65 * 1024 * 1024), deflate: true }]),
  ],
];

test.each(unreadable)("%s: %s", async (_, message, bytes) => {
  expect(await verdict(bytes)).toBe(`InvalidArchive: ${message}`);
});

test("less than 64 MiB may be compressed by any ratio", async () => {
  expect(await verdict(buildZip([{ name: "zeros", contents: Buffer.alloc(63 * 1024 * 1024), deflate: true }]))).toBe(
    "accepted",
  );
});

function damagedSecondRecord(): Buffer {
  const zip = buildZip([FIXME, { name: "zz" }]);
  const second = zip.lastIndexOf(Buffer.from("PK\x01\x02"));
  zip.write("XX", second, "latin1");
  return zip;
}
