import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import { InvalidName } from "./errors.ts";
import { isValidName, nameInFilename, normalizeName, parseName, ultraName } from "./names.ts";

test.each(uploadVectors.names)("$in normalizes as the reference does", (vector) => {
  expect(normalizeName(vector.in)).toBe(vector.normalized);
  expect(ultraName(vector.in)).toBe(vector.ultra);
});

test.each(["a", "A1", "A..b", "x._-y", "0"])("%s is a name", (text) => {
  expect(isValidName(text)).toBe(true);
});

test.each([
  ["", 0],
  ["foo-", 3],
  ["-foo", 0],
  ["f o", 1],
  ["foo\n", 3],
  ["é", 0],
  ["a\u212a", 1],
])("%j is not a name, and the refusal says where", (text, at) => {
  expect(isValidName(text)).toBe(false);
  expect(() => parseName(text)).toThrow(InvalidName);
  expect(() => parseName(text)).toThrow(expect.objectContaining({ at }));
});

test.each(["toast1ng", "toastlng", "t0asting", "toast-ing", "toast.ing", "toast_ing"])(
  "%s looks like toasting",
  (text) => {
    expect(ultraName(text)).toBe(ultraName("toasting"));
  },
);

test("file names spell hyphens as underscores", () => {
  expect(nameInFilename(normalizeName("Oslo.Concurrency"))).toBe("oslo_concurrency");
});

test("normalizing twice changes nothing more", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(normalizeName(normalizeName(text))).toBe(normalizeName(text));
    }),
  );
});
