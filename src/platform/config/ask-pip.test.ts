import { expect, test } from "vitest";
import { defaultIndexIn } from "./ask-pip.ts";

test.each([
  [
    `  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://built-in.example/simple). This should point to a
  --extra-index-url <url>     Extra URLs (default https://extra.example/).`,
    "https://built-in.example/simple",
  ],
  ["-i, --index-url, --pypi-url <url>  Base URL.", undefined],
  ["  --extra-index-url <url> Extra URLs (default https://extra.example/)", undefined],
  ["", undefined],
])("in pip's help %#", (help, index) => {
  expect(defaultIndexIn(help)).toBe(index);
});
