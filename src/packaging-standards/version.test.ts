import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import { InvalidVersion } from "./errors.ts";
import { anyVersion } from "./version.arbitrary.ts";
import { canonicalizeVersion, isVersion, MAX_VERSION_LENGTH, parseVersion } from "./version.ts";

test.each(uploadVectors.versions)("$in reads as the reference reads it", (vector) => {
  if (vector.error) {
    expect(() => parseVersion(vector.in)).toThrow(InvalidVersion);
    return;
  }
  const version = parseVersion(vector.in);
  expect(version).toMatchObject({ text: vector.str, canonical: vector.canonical });
  if (vector.prerelease !== undefined) expect(version.isPrerelease).toBe(vector.prerelease);
});

test("a version has parts", () => {
  expect(parseVersion("2!1.0rc3.post4.dev5+Ubuntu-01")).toEqual({
    text: "2!1.0rc3.post4.dev5+ubuntu.1",
    canonical: "2!1rc3.post4.dev5+ubuntu.1",
    epoch: 2,
    release: [1, 0],
    pre: ["rc", 3],
    post: 4,
    dev: 5,
    local: ["ubuntu", 1],
    isPrerelease: true,
  });
});

test("numbers above 2^53 keep every digit", () => {
  expect(parseVersion("1.0.dev09007199254740993").text).toBe("1.0.dev9007199254740993");
  expect(parseVersion("9007199254740993.0.0").canonical).toBe("9007199254740993");
});

test("a local part that looks like another notation of a number stays text", () => {
  expect(parseVersion("1.0+1e3.0x10").text).toBe("1.0+1e3.0x10");
});

test.each([
  ["dog", 0],
  ["1.0 a", 4],
  ["1.0.dev1.post1", 8],
  ["1.0+a..b", 5],
])("the refusal of %s says where the text stops being a version", (text, at) => {
  expect(() => parseVersion(text)).toThrow(expect.objectContaining({ code: "invalid_version", input: text, at }));
});

test("a version is at most 256 characters long", () => {
  expect(isVersion("1".repeat(MAX_VERSION_LENGTH))).toBe(true);
  expect(isVersion("1".repeat(MAX_VERSION_LENGTH + 1))).toBe(false);
  expect(() => parseVersion("1".repeat(1_000_000))).toThrow("longer than 256 characters");
});

test("letters and digits are those of ASCII, also where ignoring case would reach others", () => {
  expect(isVersion("1.0poſt1")).toBe(false);
  expect(isVersion("１.0")).toBe(false);
});

test("what is printed reads as itself", () => {
  fc.assert(
    fc.property(anyVersion, (text) => {
      const { text: normal, canonical } = parseVersion(text);
      expect(parseVersion(normal)).toEqual(parseVersion(text));
      expect(canonicalizeVersion(normal)).toBe(canonical);
      expect(canonicalizeVersion(canonical)).toBe(canonical);
    }),
  );
});

test("no text throws anything but InvalidVersion", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (!isVersion(text)) expect(() => parseVersion(text)).toThrow(InvalidVersion);
    }),
  );
});
