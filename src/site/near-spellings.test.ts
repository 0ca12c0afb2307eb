import { expect, test } from "vitest";
import { editDistance, neighbours, rankSpellings } from "./near-spellings.ts";

test.each([
  ["requests", "requests", 0],
  ["reqeusts", "requests", 1],
  ["request", "requests", 1],
  ["requestss", "requests", 1],
  ["rekwests", "requests", 2],
  ["", "abc", 3],
  ["abc", "", 3],
])("%j and %j are %i apart", (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
});

test("the neighbours of a name are exactly the names one mistake away", () => {
  const near = neighbours("ab-1");
  expect(near).toEqual(expect.arrayContaining(["ab1", "ba-1", "xab-1", "ab-12", "ax-1"]));
  expect(near.every((name) => editDistance("ab-1", name) === 1)).toBe(true);
  expect(near).not.toContain("ab-1");
});

test("a name that is too long to be a typing mistake has none", () => {
  expect(neighbours("a".repeat(33))).toEqual([]);
});

const names = (...list: string[]) => list.map((name) => ({ name, normalizedName: name.toLowerCase() }));

test("nearer spellings come first, then names that begin alike, then nothing", () => {
  expect(rankSpellings("brie", names("Brie-Tools", "Bire", "gouda", "brief"))).toEqual(["Bire", "brief", "Brie-Tools"]);
});

test("separators make no difference, and five are enough", () => {
  expect(rankSpellings("cheesetoast", names("cheese-to-ast"))).toEqual(["cheese-to-ast"]);
  expect(rankSpellings("brie", names("brie1", "brie2", "brie3", "brie4", "brie5", "brie6"))).toHaveLength(5);
});
