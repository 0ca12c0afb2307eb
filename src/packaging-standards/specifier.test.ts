import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import { InvalidSpecifier } from "./errors.ts";
import { filterVersions, matchesSpecifiers } from "./match-specifier.ts";
import { isSpecifierSet, parseSpecifierSet } from "./specifier.ts";
import { anyVersion } from "./version.arbitrary.ts";

test.each(uploadVectors.specifiers)("$in is read as the reference reads it", (vector) => {
  if (vector.error) {
    expect(() => parseSpecifierSet(vector.in)).toThrow(InvalidSpecifier);
  } else {
    expect(parseSpecifierSet(vector.in).text).toBe(vector.str);
  }
});

test.each([
  [">=1.0,>=1", ">=1"],
  ["~=1.0,~=1.0.0", "~=1.0,~=1.0.0"],
  ["<1,<1.0.0,<01", "<01"],
  ["===A,===a", "===A,===a"],
  ["===", "==="],
  [">=\n1", ">=1"],
])("%j is printed as %s: of members that say the same, one stays", (typed, printed) => {
  expect(parseSpecifierSet(typed).text).toBe(printed);
});

test.each([
  [">=1, =>2", 5, "expected one of"],
  [">=1.*", 0, ".* cannot follow >="],
  ["<1+x", 0, "a local version cannot follow <"],
  ["~=1", 0, "two release numbers"],
  ["==dog", 0, "no version after =="],
])("the refusal of %s says where and why", (text, at, reason) => {
  expect(() => parseSpecifierSet(text)).toThrow(reason);
  expect(() => parseSpecifierSet(text)).toThrow(expect.objectContaining({ at, code: "invalid_specifier" }));
});

test.each(uploadVectors.contains)("$spec accepts what the reference accepts", (vector) => {
  const set = parseSpecifierSet(vector.spec);
  const candidates = uploadVectors.contains_candidates;
  const accepted = (prereleases: boolean) => candidates.filter((text) => matchesSpecifiers(set, text, { prereleases }));
  expect(accepted(true)).toEqual(vector.prereleases_true);
  expect(accepted(false)).toEqual(vector.prereleases_false);
  expect(filterVersions(set, candidates)).toEqual(vector.filter_default);
});

test("what is no PEP 440 version satisfies only === and the empty set", () => {
  const accepting = ["", "===Foo", ">=0", "!=1", "==1.*"].filter((set) =>
    matchesSpecifiers(parseSpecifierSet(set), "foo"),
  );
  expect(accepting).toEqual(["", "===Foo"]);
});

test("numbers above 2^53 are compared exactly", () => {
  expect(matchesSpecifiers(parseSpecifierSet("==99999999999999999999.*"), "99999999999999999999.1")).toBe(true);
  expect(matchesSpecifiers(parseSpecifierSet("==99999999999999999999.*"), "99999999999999999998.1")).toBe(false);
});

test("what is printed reads as itself, and every version equals itself", () => {
  const operator = fc.constantFrom("==", "!=", ">=", "<=", "<", ">", "~=", "===", "=", " ");
  const member = fc.tuple(operator, anyVersion, fc.constantFrom("", ".*", " ")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(member, { maxLength: 4 }), anyVersion, (members, version) => {
      const text = members.join(",");
      if (isSpecifierSet(text)) {
        const set = parseSpecifierSet(text);
        expect(parseSpecifierSet(set.text)).toEqual(set);
      } else {
        expect(() => parseSpecifierSet(text)).toThrow(InvalidSpecifier);
      }
      expect(matchesSpecifiers(parseSpecifierSet(`==${version}`), version)).toBe(true);
    }),
  );
});
