// What holds for everything that the room's door hands out and that reads text: it throws nothing but the room's own errors,
// and no megabyte keeps it busy for longer than a second. A new export has to be named here.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildWheel } from "../../test/support/distributions.ts";
import * as room from "./index.ts";
import { METADATA_FIELDS } from "./upload-form/metadata-fields.ts";

interface Reader {
  readonly read: (text: string) => unknown;
  /** What a long text for it is made of, beside the pieces that all are tried with. */
  readonly pieces?: readonly Piece[];
}

/** What is repeated, and what a slow reader may need before and after it: a right beginning, or a wrong end. */
type Frame = readonly [before: string, repeated: string, after: string];
type Piece = string | Frame;

const encode = (text: string) => new TextEncoder().encode(text);
const links = { coreMetadata: "https://example.org/", localVersions: "https://example.org/" };
const rules = { allowLocalVersions: true, allowPrivateClassifiers: true, links };
const ZERO = "0".repeat(64);
const FORM = { metadata_version: "2.5", name: "a", version: "1", filetype: "sdist", sha256_digest: ZERO };

/** A whole form, in which one field is the text, or a list that makes it up. */
function readForm(field: string, values: readonly string[]): unknown {
  return room.validateUploadForm(
    new Map([...Object.entries(FORM).map(([key, value]) => [key, [value]] as const), [field, values]]),
    rules,
  );
}

const SOME: readonly string[] = ["1.0", "2.0rc1", "1.0+x", "dog"];

/** By name of the export. */
const READERS: Readonly<Record<string, Reader>> = {
  abiTagLabel: { read: room.abiTagLabel, pieces: [["cp3", "m", "x"], "m"] },
  canonicalizeLicenseExpression: { read: room.canonicalizeLicenseExpression, pieces: ["MIT OR ", "(MIT) ", "+"] },
  canonicalizeVersion: { read: room.canonicalizeVersion },
  cleanFields: { read: (text) => room.cleanFields(new Map([["a", [text]]])), pieces: ["\0", "UNKNOWN"] },
  compareVersions: { read: (text) => room.compareVersions(text, `${text}b`), pieces: ["1!", "1a", "final-"] },
  filterVersions: { read: (text) => room.filterVersions(room.parseSpecifierSet(`===${text}`), SOME) },
  findVersion: { read: room.findVersion },
  inListOrder: { read: (text) => room.inListOrder([text, text]) },
  isLocalPlatform: { read: room.isLocalPlatform, pieces: ["linux_"] },
  isPortablePlatform: { read: room.isPortablePlatform, pieces: ["manylinux_2_", "macosx_1"] },
  isSpecifierSet: { read: room.isSpecifierSet, pieces: ["==1,", ">=1.", "===", "~=1.0,"] },
  isStandardLibraryName: { read: (text) => room.isStandardLibraryName(room.normalizeName(text)) },
  isValidName: { read: room.isValidName },
  isVersion: { read: room.isVersion },
  matchesSpecifiers: { read: (text) => room.matchesSpecifiers(room.parseSpecifierSet(">=1,<2"), text) },
  nameInFilename: { read: (text) => room.nameInFilename(room.normalizeName(text)) },
  normalizeName: { read: room.normalizeName },
  normalizeRequirement: {
    read: room.normalizeRequirement,
    pieces: ["a==1,", "a[b,", "a;(", "a;os_name=='x' and ", "a;'", "a @ b", "a(", "a>=1,"],
  },
  normalizeVersion: { read: room.normalizeVersion },
  parseCoreMetadataFile: {
    read: (text) => room.metadataNameAndVersion(room.parseCoreMetadataFile(encode(text))),
    pieces: ["Name: a\n", "Name: a\n b\n", "License: a\n", "License: a\n  b\n       |c\n", "\r", ":"],
  },
  parseName: { read: room.parseName, pieces: [["a", "-", "a-"]] },
  parseRequirement: { read: room.parseRequirement, pieces: ["a[b ", "a;os_name in ", "a~=1"] },
  parseSdistFilename: { read: (text) => room.parseSdistFilename(`${text}-1.0.tar.gz`) },
  parseSpecifierSet: { read: room.parseSpecifierSet, pieces: ["==1 ,", ">=1.", "!=1.*,"] },
  parseVersion: { read: room.parseVersion },
  parseWheelFilename: {
    read: (text) => room.wheelTags(room.parseWheelFilename(`a-1-${text}-${text}-${text}.whl`)),
    pieces: ["b.", "ab."],
  },
  platformTagLabel: { read: room.platformTagLabel, pieces: ["manylinux_2_", "macosx_1_"] },
  pythonListRepr: { read: (text) => room.pythonListRepr([text, text]) },
  pythonRepr: { read: room.pythonRepr, pieces: ["\0", "'", "\\", "\u{e0001}"] },
  pythonTagLabel: { read: room.pythonTagLabel, pieces: ["cp3"] },
  sdistFilename: { read: (text) => room.sdistFilename(room.parseName(text), room.normalizeVersion("1")) },
  sortVersions: {
    read: (text) => room.sortVersions([...text.split(","), text.slice(0, 10)], (version) => version),
    pieces: ["1-", "c1", "1x,2,", "dog-1.0x,"],
  },
  splitProjectUrl: { read: room.splitProjectUrl },
  titleCase: { read: room.titleCase },
  ultraName: { read: room.ultraName },
  ...Object.fromEntries(METADATA_FIELDS.map(({ form }) => [`validateUploadForm, ${form}`, fieldReader(form)])),
};

function fieldReader(form: string): Reader {
  const pieces: Readonly<Record<string, readonly Piece[]>> = {
    author_email: ["x:", '"', "a@", "<", "a <b@c.de>, ", ["", ". ", "@b.c"], ["a", " (b)", "@b.c"]],
    description_content_type: ["text/plain;", ";a=b", '"'],
    import_name: ["a;", "_."],
    home_page: ["http://a:", ["http://", ":", ""], ["http://a:", "0", "x"], ["http://", "a@", ":1"]],
    project_urls: ["a,https://b:1", "a, "],
    requires_dist: ["a;extra=='b' or "],
  };
  return { read: (text) => readForm(form, [text]), pieces: pieces[form] ?? [] };
}

/** Exports that are given what others have read, or numbers, or bytes; archives have tests of their own. */
const NO_READERS =
  `InvalidArchive InvalidForm InvalidLicenseExpression InvalidMetadata InvalidName InvalidRequirement InvalidSdistFilename
  InvalidSpecifier InvalidText InvalidVersion InvalidWheelFilename MAX_VERSION_LENGTH bytesOfBuffer bytesOfFile
  checkSdistLicenseFiles compareParsedVersions formOfMetadata metadataNameAndVersion openWheel printMarker printRequirement
  readSdist readWheel readWheelContents readWheelMetadata validateUploadForm wheelTags`.split(/\s+/);

test("every export of the room is tried here, or is no reader of text", () => {
  const tried = Object.keys(READERS).filter((name) => !name.includes(","));
  expect([...tried, ...NO_READERS].sort()).toEqual(Object.keys(room).sort());
});

test("README shows every export", () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  expect(Object.keys(room).filter((name) => !readme.includes(name))).toEqual([]);
});

/** Throws what is none of the room's errors. */
function attempt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof room.InvalidText)) throw error;
    expect(error.at).toBeGreaterThanOrEqual(0);
    expect(error.at).toBeLessThanOrEqual(error.input.length);
    expect(error.rule).not.toBe("");
    expect(error.message).not.toBe("");
  }
}

const COMMON = [" ", "a", "1", ".", "-", "a.", "(", ",", "@", "\n", "é", "\ud800"];

test("no reader throws anything but the room's errors", () => {
  const pieces = Object.values(READERS).flatMap((reader) => (reader.pieces ?? []).flat());
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...COMMON, ...pieces), { maxLength: 12 }).map((found) => found.join("")),
  );
  fc.assert(
    fc.property(text, (some) => {
      for (const { read } of Object.values(READERS)) attempt(() => read(some));
    }),
    { numRuns: 400 },
  );
});

const MEGABYTE = 1_000_000;
/**
 * Milliseconds. A second is promised, and the benchmark measures it; machines that run tests are several times slower at times,
 * and what grows with the square of the length takes minutes.
 */
const LIMIT = 5000;

/** CPU milliseconds of this thread, of the fastest of up to three attempts. */
function fastest(read: () => unknown, limit: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && best >= limit; round++) {
    const before = process.threadCpuUsage();
    attempt(read);
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** Long enough for a first look: time that grows with the square of the length shows. */
const LONG = 20_000;

test.each(Object.entries(READERS))("%s reads a megabyte without taking long", (_, { read, pieces = [] }) => {
  const frames = [...COMMON, ...pieces].flatMap((piece) =>
    typeof piece === "string" ? [["", piece, ""] as const, ["a", piece, "a!"] as const] : [piece],
  );
  const textOf = ([before, piece, after]: Frame, length: number) =>
    before + piece.repeat(length / piece.length) + after;
  const looked = frames.map((frame) => ({ frame, taken: fastest(() => read(textOf(frame, LONG)), LIMIT / 10) }));
  const { frame, taken } = looked.reduce((slowest, one) => (one.taken > slowest.taken ? one : slowest));
  expect(taken, `${LONG} characters: ${frame.join(" … ")}`).toBeLessThan(LIMIT / 10);
  const whole = fastest(() => read(textOf(frame, MEGABYTE)), LIMIT);
  expect(whole, `a megabyte: ${frame.join(" … ")}`).toBeLessThan(LIMIT);
});

test.each(METADATA_FIELDS.filter(({ isRepeated }) => isRepeated))(
  "$form takes a megabyte of values without taking long",
  ({ form }) => {
    for (const value of ["a>=1", "A, b"]) {
      const values = Array.from({ length: MEGABYTE / (value.length + 4) }, (_, at) => `${value}${at}`);
      const taken = fastest(() => readForm(form, values), LIMIT);
      expect(taken, JSON.stringify(value)).toBeLessThan(LIMIT);
    }
  },
);

test.each([
  ["RECORD", ["a,,\n", '"', '""', ",", "\r", "\\"]],
  ["entry_points.txt", ["a=b\n", "[", "[a]\n", " ", "#\n", "=\n"]],
  ["METADATA", ["Name: a\n"]],
] as const)("a megabyte of %s in a wheel is read without taking long", async (file, pieces) => {
  for (const piece of pieces) {
    const path = `demo-1.0.dist-info/${file}`;
    const text = piece.repeat(MEGABYTE / piece.length);
    const wheel = buildWheel(file === "RECORD" ? { record: text } : { without: [path], files: { [path]: text } });
    const before = process.threadCpuUsage();
    await room
      .readWheel(room.bytesOfBuffer(wheel.bytes), wheel.filename, { archivesUrl: "DOCS" })
      .catch((error: unknown) => expect(error).toBeInstanceOf(room.InvalidArchive));
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000, JSON.stringify(piece)).toBeLessThan(LIMIT);
  }
});
