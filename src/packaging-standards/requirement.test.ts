import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import { InvalidRequirement } from "./errors.ts";
import { printMarker } from "./marker.ts";
import { normalizeRequirement, parseRequirement, printRequirement, type Requirement } from "./requirement.ts";

test.each(uploadVectors.requirements)("$in is read as the reference reads it", (vector) => {
  if (vector.error) {
    expect(() => parseRequirement(vector.in)).toThrow(InvalidRequirement);
    return;
  }
  const requirement = parseRequirement(vector.in);
  expect(printRequirement(requirement)).toBe(vector.str);
  expect(requirement).toMatchObject({ name: vector.name, extras: vector.extras, url: vector.url });
  expect(requirement.specifiers.text).toBe(vector.specifier);
  expect(requirement.marker && printMarker(requirement.marker)).toBe(vector.marker);
});

// The reference's release prints these so that they mean something else, or cannot be read again.
test.each([
  ['a; ((os_name=="x" or os_name=="y")) and os_name=="z"', 'a; (os_name == "x" or os_name == "y") and os_name == "z"'],
  [`a; os_name=='x"y'`, `a; os_name == 'x"y'`],
  ["a; os_name=='x\\ty'", 'a; os_name == "x\\ty"'],
  ["a; extra=='a' or (os_name=='x' and extra=='C_d')", 'a; extra == "a" or (os_name == "x" and extra == "c-d")'],
  ["a; extra == os_name", "a; extra == os_name"],
])("%s keeps its meaning", (typed, printed) => {
  expect(normalizeRequirement(typed)).toBe(printed);
});

test.each([
  ["a; (os_name=='x') or os_name=='y'", 'a; os_name == "x" or os_name == "y"'],
  ["a;((os_name=='x'))and(os_name=='y' or os_name=='z')", 'a; os_name == "x" and (os_name == "y" or os_name == "z")'],
  ["a;os_name not  in'x'", 'a; os_name not in "x"'],
  ["a[b,b,B]", "a[B,b]"],
  ["a===x,>=1", "a===x,>=1"],
  ["a(>=1,)", "a>=1"],
  ["a @ x;y", "a @ x;y"],
])("%s is printed as %s", (typed, printed) => {
  expect(normalizeRequirement(typed)).toBe(printed);
});

test.each([
  ["foo >= dog", "Expected semicolon (after name with no version specifier) or end\n    foo >= dog\n        ^"],
  ["a[b c]", "Expected comma between extra names\n    a[b c]\n        ^"],
  ["a[b,]", "Expected extra name after comma\n    a[b,]\n        ^"],
  [
    "a>=1 <2",
    "Expected comma (within version specifier), semicolon (after version specifier) or end\n    a>=1 <2\n     ~~~~^",
  ],
  [
    'a; (os_name=="x"',
    'Expected matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS, after marker expression\n    a; (os_name=="x"\n       ~~~~~~~~~~~~~^',
  ],
])("the refusal of %s shows where", (text, message) => {
  expect(() => parseRequirement(text)).toThrow(expect.objectContaining({ message, code: "invalid_requirement" }));
});

// PEP 508 ends names with a letter or digit; the reference's pattern lets an underscore pass.
test.each(["a_", "a[b_]"])("%s is refused: a name does not end so", (text) => {
  expect(() => parseRequirement(text)).toThrow(InvalidRequirement);
});

test("a marker nests a hundred deep and no deeper", () => {
  const nested = (depth: number) => `a; ${"(".repeat(depth)}os_name=='x'${")".repeat(depth)}`;
  expect(normalizeRequirement(nested(100))).toBe('a; os_name == "x"');
  expect(() => parseRequirement(nested(200_000))).toThrow("nested parentheses");
});

test("printing what was read, and reading that, gives the same; nothing throws anything else", () => {
  const piece = fc.constantFrom(
    ..."a|foo-B|[|]|,|;| |(|)|>=1.0|==1.*|===x|@|https://x|os_name|extra|'A_b'|\"it's\"|'q\"q'|==|in|not in| and | or |<|\n".split(
      "|",
    ),
  );
  const marker = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("os_name=='x'", "'A_b' == extra", "python_version<'3'"),
      fc.tuple(tie("tree"), fc.constantFrom(" and ", " or "), tie("tree")).map((parts) => parts.join("")),
      tie("tree").map((inner) => `(${inner})`),
    ),
  })).tree;
  const text = fc.oneof(
    fc.array(piece).map((pieces) => `a${pieces.join("")}`),
    marker.map((inner) => `a;${inner}`),
  );
  fc.assert(
    fc.property(text, (typed) => {
      let requirement: Requirement;
      try {
        requirement = parseRequirement(typed);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidRequirement);
        return;
      }
      expect(parseRequirement(printRequirement(requirement))).toEqual(requirement);
    }),
    { numRuns: 2000 },
  );
});
