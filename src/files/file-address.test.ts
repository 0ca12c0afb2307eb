import { expect, test } from "vitest";
import { parseFileAddress } from "./file-address.ts";

const REST = "0123456789abcdef".repeat(4).slice(4);

test.each([
  [`/packages/01/23/${REST}/brie-1.0.tar.gz`, "brie-1.0.tar.gz"],
  [`/packages/01/23/${REST}/brie-1.0-py3-none-any.whl.metadata`, "brie-1.0-py3-none-any.whl.metadata"],
  [`/packages/01/23/${REST}/brie-2%211.0%2Bbleu.tar.gz`, "brie-2!1.0+bleu.tar.gz"],
  [`/packages/01/23/${REST}/a%2Fb`, "a/b"],
])("%s names a file", (path, filename) => {
  expect(parseFileAddress(path)).toEqual({ blake2b: `0123${REST}`, filename });
});

test.each([
  ["a predictable address", "/packages/source/b/brie/brie-1.0.tar.gz"],
  ["capitals", `/packages/AB/23/${REST}/brie-1.0.tar.gz`],
  ["too short a digest", `/packages/01/23/${REST.slice(1)}/brie-1.0.tar.gz`],
  ["no file name", `/packages/01/23/${REST}/`],
  ["a folder too many", `/packages/01/23/${REST}/x/brie-1.0.tar.gz`],
  ["bytes that are not UTF-8", `/packages/01/23/${REST}/%ff.tar.gz`],
  ["a broken escape", `/packages/01/23/${REST}/%2.tar.gz`],
  ["another path", "/simple/brie/"],
])("%s is no file address", (_what, path) => {
  expect(parseFileAddress(path)).toBeUndefined();
});
