// The cases of the tests of Python's `packaging` (tools/generate-packaging-cases.ts wrote them down): what is answered
// otherwise here is named, with its reason.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compareVersions } from "./compare-versions.ts";
import { parseCoreMetadataFile } from "./core-metadata-file.ts";
import { InvalidText } from "./errors.ts";
import { printMarker } from "./marker.ts";
import { filterVersions, matchesSpecifiers } from "./match-specifier.ts";
import { isValidName, normalizeName } from "./names.ts";
import { parseRequirement, printRequirement } from "./requirement.ts";
import { parseSdistFilename } from "./sdist-filename.ts";
import { parseSpecifierSet } from "./specifier.ts";
import { splitProjectUrl } from "./upload-form/index-rules.ts";
import { METADATA_FIELDS } from "./upload-form/metadata-fields.ts";
import { standardFaults } from "./upload-form/standard-rules.ts";
import { canonicalizeVersion, findVersion, MAX_VERSION_LENGTH, parseVersion } from "./version.ts";
import { parseWheelFilename, wheelTags } from "./wheel-filename.ts";

type Printed = { readonly str: string } | { readonly error: true };
interface Version {
  readonly str: string;
  readonly epoch: string;
  readonly release: readonly string[];
  readonly pre: readonly [string, string] | null;
  readonly post: string | null;
  readonly dev: string | null;
  readonly local: string | null;
  readonly isPrerelease: boolean;
}
interface Cases {
  readonly versions: readonly [string, Version | { readonly error: true }][];
  readonly comparedVersions: readonly string[];
  readonly comparisons: readonly [number, number, -1 | 0 | 1][];
  readonly specifiers: readonly [["Specifier" | "SpecifierSet", string], Printed][];
  readonly contains: readonly [["Specifier" | "SpecifierSet", string, string, boolean | null], boolean][];
  readonly filteredLists: readonly (readonly string[])[];
  readonly filters: readonly ["Specifier" | "SpecifierSet", string, number, boolean | null, readonly number[]][];
  readonly requirements: readonly [string, Printed][];
  readonly markers: readonly [string, Printed][];
  readonly names: readonly [[string, boolean], string | { readonly error: true }][];
  readonly canonicalVersions: readonly [[string, boolean], string][];
  readonly wheelFilenames: readonly [
    string,
    { name: string; version: string; build: string | null; tags: string[] } | { readonly error: true },
  ][];
  readonly sdistFilenames: readonly [string, { name: string; version: string } | { readonly error: true }][];
  readonly emails: readonly [string, { raw: Record<string, unknown>; unparsed: Record<string, readonly string[]> }][];
  readonly metadata: readonly [
    Record<string, unknown>,
    { readonly ok: true } | { readonly error: readonly string[] },
  ][];
  readonly metadataFields: readonly [
    [string, unknown, string | null],
    { readonly ok: true } | { readonly error: true },
  ][];
}

const cases: Cases = JSON.parse(
  readFileSync(new URL("../../test/vectors/packaging-cases.json", import.meta.url), "utf8"),
);

/** What a function gives, or that it throws an error of the room. */
function outcome<T>(work: () => T): T | { readonly error: true } {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidText)) throw error;
    return { error: true };
  }
}

const print = (work: () => string) => outcome(() => ({ str: work() }));

/** The inputs for which ours is not what is expected, with both answers: empty when all agree. */
function differences<In, Out>(
  list: readonly (readonly [In, Out])[],
  ours: (input: In) => unknown,
  except: readonly In[] = [],
): unknown[] {
  const left = new Set(except.map((input) => JSON.stringify(input)));
  const found: unknown[] = [];
  for (const [input, expected] of list) {
    if (left.delete(JSON.stringify(input))) continue;
    const answer = ours(input);
    if (JSON.stringify(answer) !== JSON.stringify(expected)) found.push({ input, expected, answer });
  }
  expect([...left], "named as an exception, but not among the cases").toEqual([]);
  return found;
}

const textOf = (value: unknown) => (value === null ? null : String(value));

test("versions are read, and refused, alike", () => {
  const read = (text: string) =>
    outcome(() => {
      const { text: str, epoch, release, pre, post, dev, local, isPrerelease } = parseVersion(text);
      return {
        str,
        epoch: String(epoch),
        release: release.map(String),
        pre: pre && [pre[0], String(pre[1])],
        post: textOf(post),
        dev: textOf(dev),
        local: local?.join(".") ?? null,
        isPrerelease,
      };
    });
  expect(differences(cases.versions, read)).toEqual([]);
});

test("versions have one order", () => {
  const text = (position: number) => cases.comparedVersions[position] ?? "";
  const compared = cases.comparisons.map(([a, b, order]) => [[text(a), text(b)], order] as const);
  expect(differences(compared, ([a = "", b = ""]) => Math.sign(compareVersions(a, b)))).toEqual([]);
});

test("specifiers are read, and refused, alike", () => {
  // A single specifier is a set of one.
  const read = ([, text]: readonly [string, string]) => print(() => parseSpecifierSet(text).text);
  // Ours has a limit, since what is no file name is no version either, and big numbers cost.
  const tooLong = cases.specifiers.map(([input]) => input).filter(([, text]) => text.length > MAX_VERSION_LENGTH);
  expect(differences(cases.specifiers, read, tooLong)).toEqual([]);
});

test("specifiers accept the same versions", () => {
  const accepts = ([, spec, version, prereleases]: readonly [string, string, string, boolean | null]) =>
    matchesSpecifiers(parseSpecifierSet(spec), version, prereleases === null ? {} : { prereleases });
  expect(differences(cases.contains, accepts)).toEqual([]);
});

test("specifiers filter lists alike", () => {
  const found = cases.filters.flatMap(([kind, spec, list, prereleases, positions]) => {
    const versions = cases.filteredLists[list] ?? [];
    const expected = positions.map((position) => versions[position]);
    const answer = filterVersions(parseSpecifierSet(spec), versions, { prereleases: prereleases ?? undefined });
    return JSON.stringify(answer) === JSON.stringify(expected)
      ? []
      : [{ kind, spec, versions, prereleases, expected, answer }];
  });
  expect(found).toEqual([]);
});

test("requirements are read, and refused, alike", () => {
  expect(differences(cases.requirements, (text) => print(() => printRequirement(parseRequirement(text))))).toEqual([]);
});

test("markers are read, and refused, alike", () => {
  const read = (text: string) =>
    print(() => {
      const { marker } = parseRequirement(`a; ${text}`);
      return marker === null ? "" : printMarker(marker);
    });
  expect(differences(cases.markers, read)).toEqual([]);
});

test("names are normalised, and refused, alike", () => {
  const normalise = ([name, mustBeValid]: readonly [string, boolean]) =>
    mustBeValid && !isValidName(name) ? { error: true } : normalizeName(name);
  expect(differences(cases.names, normalise)).toEqual([]);
});

test("canonical versions are alike", () => {
  const canonical = ([text, strips]: readonly [string, boolean]) => {
    const version = findVersion(text);
    if (version === undefined) return text;
    return strips ? canonicalizeVersion(text) : version.text;
  };
  expect(differences(cases.canonicalVersions, canonical)).toEqual([]);
});

test("file names are taken apart, and refused, alike", () => {
  const wheel = (filename: string) =>
    outcome(() => {
      const parsed = parseWheelFilename(filename);
      return {
        name: parsed.name,
        version: parsed.version,
        build: parsed.build,
        tags: [...wheelTags(parsed)].map(String).sort(),
      };
    });
  const sdist = (filename: string) =>
    outcome(() => {
      const { name, version } = parseSdistFilename(filename);
      return { name, version };
    });
  // PEP 508 names are ASCII; only `packaging` takes a letter with an accent.
  const accented = ["foo_b\u00e1r-1.0-py3-none-any.whl", "foo_b\u00e1r-1.0-1000-py3-none-any.whl"];
  expect(differences(cases.wheelFilenames, wheel, accented)).toEqual([]);
  expect(differences(cases.sdistFilenames, sdist)).toEqual([]);
});

test("fields of core metadata are taken and refused alike", () => {
  const judge = ([field, value, metadataVersion]: readonly [string, unknown, string | null]) => {
    const values = new Map(valuesOf(field, value));
    if (field !== "metadata-version") values.set("metadata-version", [metadataVersion ?? "2.5"]);
    return standardFaults(values).some((fault) => fault.field === field) ? { error: true } : { ok: true };
  };
  // MIME parameters name charsets in any case (RFC 2045, 5.1); `packaging` wants capitals.
  const lowerCase: (typeof cases.metadataFields)[number][0][] = [
    ["description-content-type", "text/plain; charset=utf-8", null],
  ];
  expect(differences(cases.metadataFields, judge, lowerCase)).toEqual([]);
});

test("whole metadata is taken, or refused for the same fields", () => {
  const judge = (raw: Record<string, unknown>) => {
    const values = new Map(Object.entries(raw).flatMap(([key, value]) => valuesOf(fieldOf(key), value)));
    const error = [...new Set(standardFaults(values).map(({ field }) => field))].sort();
    return error.length === 0 ? { ok: true } : { error };
  };
  // Fields that nobody knows cannot be wrong: the upload form ignores them, as the reference does.
  const unknown = cases.metadata.map(([raw]) => raw).filter((raw) => "dynamc" in raw);
  expect(differences(cases.metadata, judge, unknown)).toEqual([]);
});

test("METADATA files are taken apart alike", () => {
  const found = cases.emails.flatMap(([text, { raw, unparsed }]) => {
    const expected = new Map(Object.entries(raw).flatMap(([key, value]) => valuesOf(fieldOf(key), value)));
    for (const [field, values] of Object.entries(unparsed)) expected.set(field, values);
    // The indentation of folded lines is layout, which ours takes off; only licenses keep their line breaks.
    for (const [field, values] of expected) {
      if (field === "description") continue;
      const lineBreak = field === "license" ? "\n" : " ";
      expected.set(
        field,
        values.map((value) => value.replace(/\n +/g, lineBreak)),
      );
    }
    const { headers, description } = parseCoreMetadataFile(Buffer.from(text, "latin1"));
    const answer = new Map(headers);
    const inHeaders = headers.get("description") ?? [];
    if (description !== undefined && description !== inHeaders[0])
      answer.set("description", [...inHeaders, description]);
    // An empty import-name says that nothing can be imported (PEP 794); that is a list without names in Python.
    if (Array.isArray(raw["import_names"]) && raw["import_names"].length === 0) answer.delete("import-name");
    const keywords = answer.get("keywords");
    if (keywords !== undefined)
      answer.set(
        "keywords",
        keywords.flatMap((list) => list.split(",").map((word) => word.trim())),
      );
    const urls = (values: readonly string[]) => values.map((value) => splitProjectUrl(value).join(", "));
    const sorted = (map: ReadonlyMap<string, readonly string[]>) =>
      Object.fromEntries(
        [...map]
          .map(([field, values]) => [field, field === "project-url" ? urls(values) : values] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    return JSON.stringify(sorted(answer)) === JSON.stringify(sorted(expected))
      ? []
      : [{ text, expected: sorted(expected), answer: sorted(answer) }];
  });
  expect(found).toEqual([]);
});

/** `packaging` names repeated fields in the plural and with underscores. */
function fieldOf(key: string): string {
  const name = key.replaceAll("_", "-");
  const known = METADATA_FIELDS.map((field) => field.name);
  return known.includes(name) ? name : (known.find((field) => `${field}s` === name) ?? name);
}

/** As a form would bring a raw value: one text, or one per element; labels and addresses joined. */
function valuesOf(field: string, value: unknown): [string, readonly string[]][] {
  if (value === null || value === undefined) return [];
  // A field sent empty is one that was not sent.
  if (Array.isArray(value)) return value.length === 0 ? [] : [[field, value.map(String)]];
  if (typeof value === "object") return [[field, Object.entries(value).map(([label, url]) => `${label}, ${url}`)]];
  return [[field, [String(value)]]];
}
