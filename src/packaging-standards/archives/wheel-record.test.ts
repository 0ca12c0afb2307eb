import { expect, test } from "vitest";
import { recordNames } from "./wheel-record.ts";

const cases: [string, string, string[] | undefined][] = [
  ["rows of three fields", "a,sha256=x,1\nb,,\n", ["a", "b"]],
  ["rows of one field, no line end at the end", "a\nb", ["a", "b"]],
  ["rows of many fields", "a,1,2,3,4\n", ["a"]],
  ["blank lines", "\n\na,,\n\r\n\nb,,\n\n", ["a", "b"]],
  ["all three line ends", "a,,\rb,,\r\nc,,\n", ["a", "b", "c"]],
  ["quotes around commas, quotes and line ends", '"a,b",,\n"c""d",,\n"e\nf",,\n', ["a,b", 'c"d', "e\nf"]],
  ["text after a closing quote", '"a"b,,\n', ["ab"]],
  ["a quote inside a field", 'a"b,,\n', ['a"b']],
  ["a quote that is never closed", '"a,,\nb,,\n', ["a,,\nb,,\n"]],
  ["an empty first field", ",sha256=x,1\n", [""]],
  ["backslashes", "a\\b,,\n", ["a/b"]],
  ["a field of 131,072 characters", `${"a".repeat(131_072)},,\n`, ["a".repeat(131_072)]],
  ["a longer field", `a,${"b".repeat(131_073)},\n`, undefined],
  ["nothing", "", []],
];

test.each(cases)("a RECORD with %s is read as Python's csv module reads it", (_, text, names) => {
  const found = recordNames(Buffer.from(text));
  expect(found && [...found]).toEqual(names);
});

test("a RECORD has to be UTF-8", () => {
  expect(recordNames(Buffer.from("é,,\n", "latin1"))).toBeUndefined();
});

test("a RECORD of millions of names does not fill the memory", () => {
  const text = Array.from({ length: 300_000 }, (_, index) => index.toString(36)).join("\n");
  expect(recordNames(Buffer.from(text))?.size).toBe(250_001);
});
