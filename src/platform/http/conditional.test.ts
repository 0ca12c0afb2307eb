import { expect, test } from "vitest";
import { textAnswer } from "./answer.ts";
import { conditional, httpDate, isNotModified, noneMatchNames, notModifiedHeaders } from "./conditional.ts";

test.each([
  ['"a"', '"a"', true],
  ['W/"a"', '"a"', true],
  ['"a"', 'W/"a"', true],
  ['"b", W/"a"', '"a"', true],
  ['"b","a,c"', '"a,c"', true],
  ["*", '"a"', true],
  ['"b"', '"a"', false],
  ["a", '"a"', false],
  ["", '"a"', false],
])("If-None-Match %s names %s: %s", (field, etag, named) => {
  expect(noneMatchNames(field, etag)).toBe(named);
});

const lastModified = Temporal.Instant.from("2026-09-01T10:00:00.9Z");

test.each([
  ["Tue, 01 Sep 2026 10:00:00 GMT", true],
  ["Tue, 01 Sep 2026 10:00:01 GMT", true],
  ["Tue, 01 Sep 2026 09:59:59 GMT", false],
  ["yesterday", false],
])("If-Modified-Since %s compares whole seconds: %s", (since, notModified) => {
  expect(isNotModified({ "if-modified-since": since }, { lastModified })).toBe(notModified);
});

test("If-None-Match decides alone when both are there", () => {
  const headers = { "if-none-match": '"old"', "if-modified-since": httpDate(lastModified) };
  expect(isNotModified(headers, { etag: '"new"', lastModified })).toBe(false);
});

test("a 304 keeps every field but those of the body", () => {
  const headers = ["Content-Type", "text/html", "ETag", '"a"', "Content-Encoding", "gzip", "Vary", "Content-Type"];
  expect(notModifiedHeaders(headers)).toEqual(["ETag", '"a"', "Vary", "Content-Type"]);
});

test("only a 200 becomes a 304", () => {
  const headers = { "if-none-match": "*" };
  expect(conditional(headers, textAnswer(200, "brie", ["ETag", '"a"']), { etag: '"a"' })).toEqual({
    status: 304,
    headers: ["ETag", '"a"'],
    body: null,
  });
  expect(conditional(headers, textAnswer(404, "none"), { etag: '"a"' }).status).toBe(404);
});
