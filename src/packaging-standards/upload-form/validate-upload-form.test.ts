import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../../test/vectors/upload-vectors.ts";
import { InvalidText } from "../errors.ts";
import { InvalidForm, InvalidMetadata } from "./fault.ts";
import { METADATA_FIELDS } from "./metadata-fields.ts";
import { type FormFields, type UploadFormRules, validateUploadForm } from "./validate-upload-form.ts";

const STRICT: UploadFormRules = {
  allowLocalVersions: false,
  allowPrivateClassifiers: false,
  links: { coreMetadata: "<CORE-METADATA>", localVersions: "<LOCAL>" },
};
const RELAXED: UploadFormRules = { ...STRICT, allowLocalVersions: true, allowPrivateClassifiers: true };

function fieldsOf(pairs: readonly (readonly [string, string])[]): FormFields {
  const fields = new Map<string, string[]>();
  for (const [name, value] of pairs) fields.set(name, [...(fields.get(name) ?? []), value]);
  return fields;
}

/** A valid form with some fields replaced or, by an empty list, left out. */
function form(changes: Readonly<Record<string, string | readonly string[]>> = {}): FormFields {
  const fields = new Map<string, readonly string[]>([
    ["metadata_version", ["2.4"]],
    ["name", ["brie"]],
    ["version", ["1.0"]],
    ["filetype", ["sdist"]],
    ["sha256_digest", ["A".repeat(64)]],
  ]);
  for (const [name, value] of Object.entries(changes)) fields.set(name, typeof value === "string" ? [value] : value);
  return fields;
}

function refusal(fields: FormFields, rules = STRICT): string {
  try {
    validateUploadForm(fields, rules);
    return "OK";
  } catch (error) {
    if (error instanceof InvalidForm || error instanceof InvalidMetadata) return error.message;
    throw error;
  }
}

/** Lists in two messages come from unordered sets of the reference. */
function withSortedLists(message: string): string {
  return message.replace(/\[('[^\]]*')\]/g, (_, list: string) => `[${list.split(", ").sort().join(", ")}]`);
}

/** Forms we answer otherwise than the reference's release does, in the direction its later releases take. */
const DEVIATIONS: ReadonlyMap<string, string> = new Map([
  // Every line separator ends a line, not only \n.
  ["summary=a\rb", "'summary' must be a single line. See <CORE-METADATA> for more information."],
  // The charset is compared without regard to case, so the next thing is what is wrong.
  [
    "description_content_type=text/markdown; charset=utf-8; variant=gfm",
    "valid Markdown variants for 'description-content-type' are ['GFM', 'CommonMark'], not 'gfm'. See <CORE-METADATA> for more information.",
  ],
]);

test("222 forms get the reference's answer, to the letter", () => {
  let deviations = 0;
  for (const vector of uploadVectors.form) {
    const deviation = vector.fields.map(([name, value]) => DEVIATIONS.get(`${name}=${value}`)).find((text) => text);
    if (deviation) deviations++;
    const answer = refusal(fieldsOf(vector.fields));
    expect(withSortedLists(answer), JSON.stringify(vector.fields)).toBe(withSortedLists(deviation ?? vector.result));
  }
  expect(uploadVectors.form).toHaveLength(222);
  expect(deviations).toBe(DEVIATIONS.size);
});

test("a valid form comes back in normal form", () => {
  const fields = form({
    name: "Brie.Cheese",
    version: "v1.0.0-RC1",
    filetype: "bdist_wheel",
    pyversion: "py3",
    md5_digest: "ABC",
    comment: "ripe",
    keywords: "soft,white , , ",
    project_urls: ["Source,https://b.example/x,y", "Docs , https://a.example"],
    requires_python: ">= 3.9 , <4",
    requires_dist: ["milk (>=2)", "rennet;extra=='Veg_An'"],
    provides_extra: "Veg_An",
    license_expression: "mit or apache-2.0",
    license_file: ["LICENSE", "docs/NOTICE"],
    dynamic: ["download-url", "Keywords"],
    platform: ["any", "win"],
    classifiers: "Topic :: Utilities",
    author: "UNKNOWN",
    summary: "a\0b",
    unheard_of: "x",
  });
  expect(validateUploadForm(fields, STRICT)).toEqual({
    filetype: "bdist_wheel",
    pyversion: "py3",
    comment: "ripe",
    digests: { md5: "abc", sha256: "a".repeat(64), blake2b256: null },
    metadata: {
      metadataVersion: "2.4",
      name: "Brie.Cheese",
      normalizedName: "brie-cheese",
      version: "1.0.0rc1",
      canonicalVersion: "1rc1",
      isPrerelease: true,
      summary: "a\\x00b",
      description: "",
      descriptionContentType: null,
      keywords: "soft, white, , ",
      homePage: null,
      downloadUrl: null,
      projectUrls: [
        ["Docs", "https://a.example"],
        ["Source", "https://b.example/x,y"],
      ],
      author: null,
      authorEmail: null,
      maintainer: null,
      maintainerEmail: null,
      license: null,
      licenseExpression: "MIT OR Apache-2.0",
      licenseFiles: ["LICENSE", "docs/NOTICE"],
      classifiers: ["Topic :: Utilities"],
      platform: "any",
      platforms: ["any", "win"],
      supportedPlatforms: [],
      requiresPython: "<4,>=3.9",
      requiresDist: ["milk>=2", 'rennet; extra == "veg-an"'],
      providesDist: [],
      obsoletesDist: [],
      requiresExternal: [],
      requires: [],
      provides: [],
      obsoletes: [],
      providesExtra: ["veg-an"],
      dynamic: ["Download-Url", "Keywords"],
      importNames: [],
      importNamespaces: [],
    },
  });
});

test("a refusal names its field and has a code", () => {
  const thrown = (changes: Parameters<typeof form>[0]) => {
    try {
      return validateUploadForm(form(changes), STRICT);
    } catch (error) {
      return error;
    }
  };
  expect(thrown({ filetype: "egg" })).toMatchObject({ code: "invalid_form", field: "filetype", input: "egg" });
  expect(thrown({ requires_dist: "x y" })).toMatchObject({ code: "invalid_metadata", field: "requires-dist" });
  expect(thrown({ author: ["a", "b"] })).toMatchObject({ code: "invalid_metadata", field: "author" });
  expect(thrown({ project_urls: ["a, https://x", "a,https://y"] })).toMatchObject({ field: "project_urls" });
});

test("of several faults in the form, that of the name comes first, then the alphabet decides", () => {
  const wrong = { name: "-", blake2_256_digest: "z", filetype: "x", sha256_digest: "z" };
  expect(refusal(form(wrong))).toMatch(/^'-' is an invalid value for Name/);
  expect(refusal(form({ ...wrong, name: "a" }))).toMatch(/^Invalid value for blake2_256_digest/);
  expect(refusal(form({ filetype: "x", sha256_digest: "z" }))).toMatch(/^Invalid value for filetype/);
  expect(refusal(form({ filetype: "bdist_wheel", sha256_digest: [] }))).toMatch(/^Invalid value for pyversion/);
});

test("of several faults in the metadata, those of the standards come before those of an index", () => {
  expect(refusal(form({ summary: "a\nb", author_email: "x", requires_python: "z" }))).toMatch(/^'z' is invalid/);
  expect(refusal(form({ version: "1.0+x", author_email: "x" }))).toMatch(/^The use of local versions in '1.0\+x'/);
  expect(refusal(form({ metadata_version: "9", version: "dog" }))).toMatch(/^'9' is not a valid metadata version/);
  expect(refusal(form({ download_url: "x", classifiers: "x" }))).toMatch(/^'x' is not a valid classifier/);
});

test("an index of one's own may take local versions and private classifiers", () => {
  const fields = form({ version: "1.0+Company.1", classifiers: "Private :: Do Not Upload" });
  expect(validateUploadForm(fields, RELAXED).metadata).toMatchObject({
    version: "1.0+company.1",
    classifiers: ["Private :: Do Not Upload"],
  });
  expect(refusal(form({ classifiers: "Privat :: x" }), RELAXED)).toMatch(/is not a valid classifier/);
});

test("Dynamic may not name itself", () => {
  expect(refusal(form({ dynamic: "Dynamic" }))).toMatch(/^Dynamic field 'Dynamic' is not a valid dynamic field\./);
});

test("a field sent twice counts once when one of the values is UNKNOWN", () => {
  expect(refusal(form({ author: ["UNKNOWN", "Ann"] }))).toBe("OK");
});

test("the metadata is plain JSON", () => {
  const { metadata } = validateUploadForm(form({ version: "1.dev99999999999999999999" }), STRICT);
  expect(JSON.parse(JSON.stringify(metadata))).toEqual(metadata);
});

test("no form throws anything but the room's errors", () => {
  const names = [
    ...METADATA_FIELDS.map((field) => field.form),
    "filetype",
    "pyversion",
    "md5_digest",
    "protocol_version",
  ];
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("2.5", "a", "1.0", "sdist", "a, https://x", "x>=1", "<a@b>", ""),
  );
  const changes = fc.dictionary(fc.constantFrom(...names), fc.array(value, { maxLength: 3 }), { maxKeys: 6 });
  fc.assert(
    fc.property(changes, (changed) => {
      try {
        validateUploadForm(form(changed), RELAXED);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidText);
      }
    }),
    { numRuns: 2000 },
  );
});

const offences: [string, readonly string[], string, number, string][] = [
  ["requires_dist", ["a>=1", "b >= dog"], "b >= dog", 2, "PEP 508"],
  ["provides_extra", ["a", "b c"], "b c", 1, "PEP 508"],
  ["requires_python", [">=3, =>4"], ">=3, =>4", 5, "PEP 440"],
  ["version", ["1.0 a"], "1.0 a", 4, "PEP 440"],
  ["license_expression", ["MIT OR Foo"], "MIT OR Foo", 7, "PEP 639"],
  ["obsoletes_dist", ["a b"], "a b", 2, "PEP 508"],
  ["summary", ["a\nb"], "a\nb", 0, "core metadata"],
];

test.each(offences)(
  "the refusal of %s %j names the value, the place, the standard",
  (field, values, input, at, rule) => {
    expect(() => validateUploadForm(form({ [field]: values }), STRICT)).toThrow(
      expect.objectContaining({ name: "InvalidMetadata", input, at, rule }),
    );
  },
);
