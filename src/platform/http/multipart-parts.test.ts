import busboy from "busboy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { boundaryOf, readParts } from "./multipart-parts.ts";

/** The bytes in pieces of the given sizes, over and over; the sizes are what a network may do. */
async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function parse(
  bytes: Buffer,
  boundary: string,
  sizes: readonly number[] = [64 * 1024],
): Promise<[string, string][]> {
  const parts: [string, string][] = [];
  for await (const { head, bytes: content } of readParts(inPieces(bytes, sizes), boundary)) {
    parts.push([head.name, Buffer.concat(await Array.fromAsync(content)).toString("latin1")]);
  }
  return parts;
}

const part = (name: string, content: string) => `\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}`;
const form = (text: string) => Buffer.from(text, "latin1");

test.each([
  ["one part", `--B${part("a", "x")}\r\n--B--\r\n`, [["a", "x"]]],
  ["no line break at the end", `--B${part("a", "x")}\r\n--B--`, [["a", "x"]]],
  ["a preamble and an epilogue", `hello\r\n--B${part("a", "x")}\r\n--B--\r\nbye`, [["a", "x"]]],
  [
    "an empty part",
    `--B${part("a", "")}\r\n--B${part("b", "y")}\r\n--B--`,
    [
      ["a", ""],
      ["b", "y"],
    ],
  ],
  ["line breaks in the content", `--B${part("a", "\r\n--\r\nx\r\n")}\r\n--B--`, [["a", "\r\n--\r\nx\r\n"]]],
  ["a longer boundary in the content", `--B${part("a", "x\r\n--Bx\r\n--B-y")}\r\n--B--`, [["a", "x\r\n--Bx\r\n--B-y"]]],
  ["no part at all", "--B--\r\n", []],
])("%s is read, however it is cut", async (_what, text, parts) => {
  for (const size of [1, 2, 3, 5, 7, 1000]) expect(await parse(form(text), "B", [size])).toEqual(parts);
});

test.each([
  ["nothing", ""],
  ["no boundary", "hello"],
  ["another boundary", `--C${part("a", "x")}\r\n--C--`],
  ["no last boundary", `--B${part("a", "x")}\r\n`],
  ["the end inside a head", "--B\r\nContent-Disposition: form"],
  ["the end inside the last boundary", `--B${part("a", "x")}\r\n--B-`],
  ["a boundary without its line break", `--B${part("a", "x")}\n--B--`],
  ["too large a head", `--B\r\nX: ${"x".repeat(17_000)}\r\n\r\nx\r\n--B--`],
])("a body with %s is refused, however it is cut", async (_what, text) => {
  for (const size of [1, 7, 100_000]) await expect(parse(form(text), "B", [size])).rejects.toThrow(/form/);
});

test("what is left of a part is skipped", async () => {
  const text = `--B${part("a", "xxxxxxxxxx")}\r\n--B${part("b", "y")}\r\n--B--`;
  const names: string[] = [];
  for await (const { head, bytes } of readParts(inPieces(form(text), [3]), "B")) {
    names.push(head.name);
    for await (const _ of bytes) break;
  }
  expect(names).toEqual(["a", "b"]);
});

test.each([
  ["multipart/form-data; boundary=abc", "abc"],
  ['multipart/form-data; boundary="a b:c"', "a b:c"],
  ["multipart/form-data; charset=utf-8;BOUNDARY=abc ", "abc"],
])("the boundary of %s is %s", (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});

test.each([
  "multipart/form-data",
  "multipart/form-data; boundary=",
  `multipart/form-data; boundary=${"x".repeat(201)}`,
])("%s names no boundary", (contentType) => {
  expect(() => boundaryOf(contentType)).toThrow("names no boundary");
});

/** The same bytes as another parser reads them. */
function parseWithBusboy(bytes: Buffer, boundary: string): Promise<[string, string][]> {
  return new Promise((resolve, reject) => {
    const parts: [string, string][] = [];
    const parser = busboy({
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      defCharset: "latin1",
    });
    parser.on("field", (name, value) => parts.push([name, value]));
    parser.on("error", reject);
    parser.on("finish", () => resolve(parts));
    parser.end(bytes);
  });
}

test("random forms are read as another parser reads them, however they are cut", async () => {
  const piece = fc.constantFrom("\r", "\n", "\r\n", "-", "--", "--b", "\r\n--b", "b", "x", "\0");
  const content = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 4 }), sizes, async (contents, cuts) => {
      const bytes = form(
        `${contents.map((text, index) => `--boundary${part(`f${index}`, text)}\r\n`).join("")}--boundary--\r\n`,
      );
      expect(await parse(bytes, "boundary", cuts)).toEqual(await parseWithBusboy(bytes, "boundary"));
    }),
    { numRuns: 500 },
  );
});
