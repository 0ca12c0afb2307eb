import { expect, test } from "vitest";
import { safeHref } from "./safe-href.ts";

test.each([
  ["https://example.org/a?b#c", "https://example.org/a?b#c"],
  [" http://example.org ", "http://example.org/"],
  ["mailto:ada@example.org", "mailto:ada@example.org"],
])("%s becomes a link", (target, href) => {
  expect(safeHref(target)).toBe(href);
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "//example.org/",
  "/project/brie/",
  "example.org",
  "",
])("%j does not", (target) => {
  expect(safeHref(target)).toBeUndefined();
});
