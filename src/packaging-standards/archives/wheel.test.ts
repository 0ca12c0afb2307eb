import { expect, test } from "vitest";
import { buildWheel } from "../../../test/support/distributions.ts";
import { buildTar, buildTarGz } from "../../../test/support/tar-builder.ts";
import { buildZip, type ZipEntryInput } from "../../../test/support/zip-builder.ts";
import { type Bytes, bytesOfBuffer } from "./bytes.ts";
import { openWheel, readWheel, readWheelMetadata } from "./wheel.ts";

const options = { archivesUrl: "DOCS/archives" };
const FILENAME = "demo-1.0-py3-none-any.whl";
const INFO = "demo-1.0.dist-info";

/** A wheel entry by entry, so that one of them can be wrong. */
function wheelOf(...changes: readonly ZipEntryInput[]): Buffer {
  const usual = ["WHEEL", "METADATA", "RECORD"].map((file) => ({ name: `${INFO}/${file}`, contents: "" }));
  const changed = new Set(changes.map(({ name }) => name));
  return buildZip([...usual.filter(({ name }) => !changed.has(name)), ...changes]);
}

async function verdict(bytes: Buffer, filename = FILENAME, licenseFiles: readonly string[] = []): Promise<string> {
  try {
    await readWheel(bytesOfBuffer(bytes), filename, { ...options, licenseFiles });
    return "accepted";
  } catch (error) {
    return String(error).replace("InvalidArchive: ", "");
  }
}

test("a wheel's METADATA comes out as it went in, byte for byte", async () => {
  const wheel = buildWheel({ name: "Some.Thing", description: "# Käse 🧀\n" });
  const contents = await readWheel(bytesOfBuffer(wheel.bytes), wheel.filename, options);
  expect(Buffer.from(contents.metadata).toString()).toBe(wheel.metadata);
  expect(contents.distInfo).toBe("some_thing-1.0.dist-info");
  expect(contents.memberNames).toContain("some_thing/__init__.py");
  expect(contents.recordMatches).toBe(true);
});

const noWheelFile = buildWheel({ without: [`${INFO}/WHEEL`] }).bytes;
const archiveRefusals: [string, string, Buffer, string?][] = [
  ["text", "File is not a zipfile", Buffer.from("demo")],
  ["a tar", "File is not a zipfile", buildTarGz([{ name: "demo/PKG-INFO" }])],
  ["a file name of two parts", "Unable to parse name and version from wheel filename", noWheelFile, "demo-1.0.whl"],
  ["no WHEEL", `WHEEL not found at ${INFO}/WHEEL`, noWheelFile],
  [
    "a capital in the file name alone",
    "WHEEL not found at Demo-1.0.dist-info/WHEEL",
    buildWheel().bytes,
    "Demo-1.0-py3-none-any.whl",
  ],
  [
    "a tar followed by a zip",
    "File is both a zip and a tar file",
    Buffer.concat([buildTar([{ name: "demo" }]), buildWheel().bytes]),
  ],
  [
    "a zip followed by a zip",
    "ZIP archive not accepted: Filename not in central directory. See DOCS/archives for more information",
    Buffer.concat([buildZip([{ name: "hidden" }]), buildWheel().bytes]),
  ],
];

test.each(archiveRefusals)("%s: %s", async (_, message, bytes, filename = FILENAME) => {
  const refusal = openWheel(bytesOfBuffer(bytes), filename, options);
  await expect(refusal).rejects.toMatchObject({ name: "InvalidArchive", check: "archive", message });
});

const RECORD_MISSING = `Wheel '${FILENAME}' does not contain the required RECORD file: ${INFO}/RECORD`;
const METADATA_MISSING = `Wheel '${FILENAME}' does not contain the required METADATA file: ${INFO}/METADATA`;
const BAD_COMMANDS = `Wheel '${FILENAME}' has invalid entry points defined in the entry_points.txt file`;
const memberRefusals: [string, string, Buffer, string[]?][] = [
  [
    "a license file that is not there",
    `License-File LICENSE does not exist in distribution file ${FILENAME} at ${INFO}/licenses/LICENSE`,
    wheelOf({ name: "LICENSE" }),
    ["LICENSE"],
  ],
  [
    "a license file before RECORD",
    `License-File A does not exist in distribution file ${FILENAME} at ${INFO}/licenses/A`,
    buildWheel({ record: null }).bytes,
    ["A"],
  ],
  ["no RECORD", RECORD_MISSING, buildWheel({ record: null }).bytes],
  ["a RECORD that is not UTF-8", RECORD_MISSING, wheelOf({ name: `${INFO}/RECORD`, contents: Buffer.from([0xff]) })],
  [
    "a RECORD with an endless field",
    RECORD_MISSING,
    wheelOf({ name: `${INFO}/RECORD`, contents: "a".repeat(131_073) }),
  ],
  ["a command that is a path", BAD_COMMANDS, buildWheel({ commands: { "../x": "a:b" } }).bytes],
  [
    "entry points before METADATA",
    BAD_COMMANDS,
    buildWheel({ commands: { "a b": "a:b" }, without: [`${INFO}/METADATA`] }).bytes,
  ],
  ["no METADATA", METADATA_MISSING, buildWheel({ without: [`${INFO}/METADATA`] }).bytes],
];

test.each(memberRefusals)("%s: refused", async (_, message, bytes, licenseFiles = []) => {
  const refusal = readWheel(bytesOfBuffer(bytes), FILENAME, { ...options, licenseFiles });
  await expect(refusal).rejects.toMatchObject({ name: "InvalidArchive", check: "members", message });
});

test.each([
  ["a wrong CRC", { crc: 1 }],
  ["less data than announced", { size: 9000 }],
])("METADATA with %s is not read", async (_, lie) => {
  const member = {
    name: `${INFO}/METADATA`,
    contents: "Name: demo\n".repeat(50),
    deflate: true,
    local: lie,
    central: lie,
  };
  expect(await verdict(wheelOf(member))).toBe("File is not a valid zipfile");
});

test("METADATA that inflates to more than announced is not read", async () => {
  const lie = { size: 10 };
  const member = {
    name: `${INFO}/METADATA`,
    contents: Buffer.alloc(5_000_000),
    deflate: true,
    local: lie,
    central: lie,
  };
  expect(await verdict(wheelOf(member))).toBe("File is not a valid zipfile");
});

test("METADATA of more than 8 MiB is not read", async () => {
  const member = { name: `${INFO}/METADATA`, contents: Buffer.alloc(8 * 1024 * 1024 + 1), deflate: true };
  expect(await verdict(wheelOf(member))).toBe("File is not a valid zipfile");
});

test("license files are found where PEP 639 puts them, deeper ones too", async () => {
  const { bytes } = buildWheel({ licenseFiles: { LICENSE: "free", "third/party.txt": "also" } });
  expect(await verdict(bytes, FILENAME, ["LICENSE", "third/party.txt"])).toBe("accepted");
});

const full = `demo/__init__.py,,\n${INFO}/WHEEL,,\n${INFO}/METADATA,,\n${INFO}/RECORD,,\n`;
const records: [string, boolean, string, Record<string, string>?][] = [
  ["that lists every file", true, full],
  ["in another order, with blank lines and CRLF", true, `\n${full.split("\n").reverse().join("\r\n")}\n`],
  ["with quoted names", true, full.replace("demo/__init__.py", '"demo/__init__.py"')],
  ["with backslashes", true, full.replaceAll("/", "\\")],
  ["without the signature files", true, full, { [`${INFO}/RECORD.jws`]: "", [`${INFO}/RECORD.p7s`]: "" }],
  ["with wrong digests", true, full.replaceAll(",,", ",sha256=AAAA,7")],
  ["that lacks a file", false, full.slice(full.indexOf("\n") + 1)],
  ["that names a file which is not there", false, `${full}ghost.py,,\n`],
  ["that lists itself only", false, `${INFO}/RECORD,,\n`],
  ["that is empty", false, ""],
];

test.each(records)("a RECORD %s: matches is %s", async (_, matches, record, files = {}) => {
  const wheel = buildWheel({ record, files });
  const contents = await readWheel(bytesOfBuffer(wheel.bytes), wheel.filename, options);
  expect(contents.recordMatches).toBe(matches);
});

test("folders of the zip need not be in RECORD", async () => {
  const record = ["WHEEL", "METADATA", "RECORD"].map((file) => `${INFO}/${file},,\n`).join("");
  const wheel = wheelOf({ name: `${INFO}/` }, { name: `${INFO}/RECORD`, contents: record });
  expect((await readWheel(bytesOfBuffer(wheel), FILENAME, options)).recordMatches).toBe(true);
});

test("METADATA of a large wheel is found with little reading", async () => {
  const wheel = buildWheel({ padding: 8 * 1024 * 1024 });
  let read = 0;
  const counted: Bytes = {
    size: wheel.bytes.length,
    read: async (offset, length) => {
      const part = wheel.bytes.subarray(offset, offset + length);
      read += part.length;
      return part;
    },
  };
  expect(Buffer.from(await readWheelMetadata(counted, wheel.filename, options)).toString()).toBe(wheel.metadata);
  expect(read).toBeLessThan(16 * 1024);
  read = 0;
  await readWheel(counted, wheel.filename, options);
  expect(read).toBeLessThan(64 * 1024);
});
