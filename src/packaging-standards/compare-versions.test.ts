import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import versionPairs from "../../test/vectors/version-pairs.json" with { type: "json" };
import { compareVersions, sortVersions } from "./compare-versions.ts";
import { anyVersion } from "./version.arbitrary.ts";

test("163 versions are in the order of the reference, each pair of them", () => {
  const { order } = uploadVectors;
  for (const [low, a] of order.entries()) {
    for (const [high, b] of order.entries()) {
      expect(Math.sign(compareVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(low - high));
    }
  }
});

test("10,000 random pairs are in the order of Python's packaging library", () => {
  const differing = versionPairs.pairs.filter((pair) => {
    const [a = "", order = "", b = ""] = pair.split(" ");
    return Math.sign(compareVersions(a, b)) !== { "<": -1, "=": 0, ">": 1 }[order];
  });
  expect(differing).toEqual([]);
  expect(versionPairs.pairs).toHaveLength(10_000);
});

test.each([
  ["1.0", "1.0.0"],
  ["1.0.0rc1", "1c1"],
  ["0!1", "v1"],
])("%s and %s are equal", (a, b) => {
  expect(compareVersions(a, b)).toBe(0);
});

test("numbers above 2^53 are compared digit by digit", () => {
  expect(compareVersions("1.dev99999999999999999998", "1.dev99999999999999999999")).toBeLessThan(0);
  expect(compareVersions("1.dev9007199254740991", "1.dev9007199254740992")).toBeLessThan(0);
});

// Sorted by the last release of Python's packaging library that knew the historic order, 21.3.
const HISTORIC =
  "dog,-,foo1.0dev,latest,UNKNOWN,0.1dev-r1234x,1.0 a,1.0--final2,1-x,1.0x-dev,1.0x-beta,1.0x-rc1,1.0x,1.0x.post1,9.x,10.0-x,2004d-pre,2004d,2004d-1,2004e".split(
    ",",
  );

test("versions that are not PEP 440 come first, in the historic order", () => {
  const mixed = ["1.0", ...HISTORIC.toReversed(), "0.dev0"];
  expect(sortVersions(mixed, (text) => text)).toEqual([...HISTORIC, "0.dev0", "1.0"]);
});

test("historic words above U+FFFF sort after those below, as in Python", () => {
  expect(compareVersions("x\u{1f9c0}", "x\uff5e")).toBeGreaterThan(0);
  expect(compareVersions("x\u{1f9c0}", "x\u{1f9c1}")).toBeLessThan(0);
});

test("sorting keeps equal versions in their order and takes a version from its row", () => {
  const rows = ["2", "1.0", "1", "1.0.0"].map((version, id) => ({ id, version }));
  expect(sortVersions(rows, (row) => row.version).map((row) => row.id)).toEqual([1, 2, 3, 0]);
});

test("any texts have a total order", () => {
  const text = fc.oneof(anyVersion, fc.string({ unit: "binary" }), fc.stringMatching(/^[0-9a-c.-]{1,8}$/));
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      expect(compareVersions(a, a)).toBe(0);
      expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
      const [low = "", middle = "", high = ""] = [a, b, c].sort(compareVersions);
      expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
      expect(compareVersions(middle, high)).toBeLessThanOrEqual(0);
      expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 500 },
  );
});
