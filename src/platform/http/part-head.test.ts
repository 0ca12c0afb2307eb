import { expect, test } from "vitest";
import { parsePartHead } from "./part-head.ts";

const head = (...lines: string[]) => parsePartHead(Buffer.from(`\r\n${lines.join("\r\n")}\r\n\r\n`));
const disposition = (value: string) => head(`Content-Disposition: form-data; ${value}`);

test.each([
  ['name="content"; filename="brie-1.0.tar.gz"', "brie-1.0.tar.gz"],
  ['name="content"; filename="a/b.tar.gz"', "a/b.tar.gz"],
  ['name="content"; filename="../../etc/passwd"', "../../etc/passwd"],
  ['name="content"; filename="C:\\x\\brie.whl"', "C:\\x\\brie.whl"],
  ['name="content"; filename="C:\\\\x"', "C:\\x"],
  ['name="content"; filename="a\\"b"', 'a"b'],
  ['name="content"; filename="a;b=c"', "a;b=c"],
  ['name="content"; filename="%22"', "%22"],
  ['name="content"; filename="café.whl"', "café.whl"],
  ["name=content; filename=brie.whl", "brie.whl"],
  ['name="content"; filename=""', ""],
  ["name=\"content\"; filename*=utf-8''caf%C3%A9.whl", "café.whl"],
  ['name="content"; filename="caf?.whl"; filename*=UTF-8\'\'caf%C3%A9.whl', "café.whl"],
  ['filename="first"; name="content"; filename="second"', "first"],
  ['name="content"', undefined],
])("the file name in %s is %j", (value, filename) => {
  expect(disposition(value)).toEqual({ name: "content", filename, contentType: undefined });
});

test.each([
  ["Content-Type: application/zip", "application/zip"],
  ["content-type:image/png ", "image/png"],
  ["Content-Type:", ""],
  ["Content-Type:   ", ""],
  ["Content-Type: text/plain;\r\n charset=utf-8", "text/plain; charset=utf-8"],
  ["X-Other: 1", undefined],
])("%j means the content type %j", (line, contentType) => {
  expect(head("Content-Disposition: form-data; name=a", line).contentType).toBe(contentType);
});

test.each([
  ["no disposition", "Content-Type: text/plain"],
  ["another disposition", 'Content-Disposition: attachment; name="a"'],
  ["no name", 'Content-Disposition: form-data; filename="a"'],
  ["a quote that never ends", 'Content-Disposition: form-data; name="a'],
  ["words between the parameters", 'Content-Disposition: form-data; name="a" b'],
  ["a file name in an unknown character set", "Content-Disposition: form-data; name=a; filename*=klingon''a"],
  ["a file name with a bad escape", "Content-Disposition: form-data; name=a; filename*=utf-8''%zz"],
  ["a line without a colon", "Content-Disposition: form-data; name=a\r\nnonsense"],
  ["NUL in the file name", 'Content-Disposition: form-data; name="a"; filename="a\0.whl"'],
  ["a line break in the file name", 'Content-Disposition: form-data; name="a"; filename="a\n.whl"'],
])("a head with %s is refused", (_what, lines) => {
  expect(() => head(lines)).toThrow(/^A part of the form has/);
});

test("bytes that are not UTF-8 are refused", () => {
  const bytes = Buffer.from('\r\nContent-Disposition: form-data; name="a"; filename="caf\xe9"\r\n\r\n', "latin1");
  expect(() => parsePartHead(bytes)).toThrow("Invalid Form Data.");
});

test("a long run of spaces takes no time worth mentioning", () => {
  const start = performance.now();
  head("Content-Disposition: form-data; name=a", `X: ${" ".repeat(16_000)}x`);
  expect(() => head(`X: ${" ".repeat(16_000)}\0`)).toThrow();
  expect(() => disposition(`name=a${" ".repeat(16_000)}x`)).toThrow();
  expect(performance.now() - start).toBeLessThan(100);
});
