import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import { InvalidLicenseExpression } from "./errors.ts";
import { canonicalizeLicenseExpression } from "./license-expression.ts";
import spdx from "./spdx.generated.json" with { type: "json" };

/** Vectors we answer otherwise on purpose: a reference to no license means nothing. */
const REFUSED = new Set(["LicenseRef-"]);

test.each(uploadVectors.licenses)("the license expression $in is read as the reference reads it", (vector) => {
  if (vector.error || REFUSED.has(vector.in)) {
    expect(() => canonicalizeLicenseExpression(vector.in)).toThrow(InvalidLicenseExpression);
  } else {
    expect(canonicalizeLicenseExpression(vector.in)).toBe(vector.out);
  }
});

test.each([
  ["MIT\u00a0or\u2003zlib", "MIT OR Zlib"],
  ["((MIT)OR(Zlib))", "((MIT) OR (Zlib))"],
  ["mit+ with llvm-exception and LICENSEREF-aB", "MIT+ WITH LLVM-exception AND LicenseRef-aB"],
])("%s becomes %s", (typed, canonical) => {
  expect(canonicalizeLicenseExpression(typed)).toBe(canonical);
});

test.each([
  ["MIT)(", 3],
  ["(MIT)(Zlib)", 5],
  ["MIT OR Foo", 7],
  ["MIT WITH (LLVM-exception)", 9],
  ["(MIT OR Zlib) WITH LLVM-exception", 14],
  ["MIT OR", 6],
  ["\u212aastrup", 0],
])("%s is refused, and where", (text, at) => {
  expect(() => canonicalizeLicenseExpression(text)).toThrow(expect.objectContaining({ at, rule: "PEP 639" }));
});

test("canonical expressions stay as they are, and nothing throws anything else", () => {
  const token = fc.constantFrom(
    "(",
    ")",
    " and ",
    " OR ",
    " With ",
    " ",
    "+",
    ...spdx.licenses.slice(0, 5),
    "llvm-exception",
  );
  fc.assert(
    fc.property(
      fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join("")),
      (text) => {
        try {
          const canonical = canonicalizeLicenseExpression(text);
          expect(canonicalizeLicenseExpression(canonical)).toBe(canonical);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidLicenseExpression);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
