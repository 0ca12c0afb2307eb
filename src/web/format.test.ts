import { expect, test } from "vitest";
import { countOf, formatBytes, formatCount } from "./format.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [12_345, "12.3 kB"],
  [99_960, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [2_147_483_648, "2.1 GB"],
  [5e15, "5000 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("counts have their thousands apart, and the right number of the noun", () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([countOf(1, "file"), countOf(1200, "file"), countOf(2, "entry", "entries")]).toEqual([
    "1 file",
    "1,200 files",
    "2 entries",
  ]);
});
