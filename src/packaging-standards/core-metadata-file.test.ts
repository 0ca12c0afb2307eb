import fc from "fast-check";
import { expect, test } from "vitest";
import { buildWheel } from "../../test/support/distributions.ts";
import { metadataNameAndVersion, parseCoreMetadataFile } from "./core-metadata-file.ts";

function parse(text: string | Uint8Array) {
  const { headers, description } = parseCoreMetadataFile(Buffer.from(text));
  return { headers: Object.fromEntries(headers), description };
}

const cases: [string, string, Record<string, string[]>, string | undefined][] = [
  ["headers alone", "Name: demo\nVersion: 1.0\n", { name: ["demo"], version: ["1.0"] }, undefined],
  ["headers without a line end", "Name: demo", { name: ["demo"] }, undefined],
  ["headers and a body", "Name: demo\n\n# Demo\n\ntext\n", { name: ["demo"] }, "# Demo\n\ntext\n"],
  ["Windows line ends", "Name: demo\r\n\r\n# Demo\r\n", { name: ["demo"] }, "# Demo\r\n"],
  ["a field in other capitals", "NAME: demo\n", { name: ["demo"] }, undefined],
  ["a repeated field", "Classifier: a\nClassifier: b\n", { classifier: ["a", "b"] }, undefined],
  ["no blank after the colon", "Name:demo\n", { name: ["demo"] }, undefined],
  ["a colon in a value", "Home-Page: https://x/:y\n", { "home-page": ["https://x/:y"] }, undefined],
  ["an empty value", "Name:\n", { name: [""] }, undefined],
  [
    "a folded value",
    "Requires-Dist: a\n >=1\n\t,<2\nName: d\n",
    { "requires-dist": ["a >=1 ,<2"], name: ["d"] },
    undefined,
  ],
  [
    "a Description field of distutils",
    "Description: One\n        Two\n        \n          three\nName: d\n",
    { description: ["One\nTwo\n\n  three"], name: ["d"] },
    "One\nTwo\n\n  three",
  ],
  [
    "a Description field with bars",
    "Description: One\n       |Two\n       |\n       |  three\n",
    { description: ["One\nTwo\n\n  three"] },
    "One\nTwo\n\n  three",
  ],
  ["a License over lines", "License: MIT\n  Be\n  free\n", { license: ["MIT\nBe\nfree"] }, undefined],
  ["a body and a Description field", "Description: old\n\nnew\n", { description: ["old"] }, "new\n"],
  ["a blank body and a Description field", "Description: old\n\n \n", { description: ["old"] }, "old"],
  [
    "a line that is no header",
    "Name: demo\nhello there\nVersion: 1\n",
    { name: ["demo"] },
    "hello there\nVersion: 1\n",
  ],
  ["a first line that is folded", " Name: demo\n", {}, " Name: demo\n"],
  ["headers after the body has begun", "Name: a\n\nName: b\n", { name: ["a"] }, "Name: b\n"],
  ["letters beyond ASCII", "Author: Käthe\n", { author: ["Käthe"] }, undefined],
  ["a byte order mark", "\ufeffName: demo\n", { name: ["demo"] }, undefined],
  ["nothing", "", {}, undefined],
];

test.each(cases)("%s", (_, text, headers, description) => {
  expect(parse(text)).toEqual({ headers, description });
});

test("files of the past may be Latin-1", () => {
  expect(parse(Buffer.from("Author: Käthe\n", "latin1")).headers).toEqual({ author: ["Käthe"] });
});

test("field names like those of objects are fields like others", () => {
  const { headers } = parseCoreMetadataFile(Buffer.from("__proto__: a\nconstructor: b\n"));
  expect([...headers]).toEqual([
    ["__proto__", ["a"]],
    ["constructor", ["b"]],
  ]);
});

test.each([
  ["both", "Name: Demo.X\nVersion: 1.0\n", { name: "Demo.X", version: "1.0" }],
  ["no version", "Name: demo\n", { name: "demo", version: undefined }],
  ["an empty name", "Name:\nVersion: 1\n", { name: undefined, version: "1" }],
  ["two names", "Name: a\nName: b\nVersion: 1\n", { name: undefined, version: "1" }],
  ["a name in the body", "Version: 1\n\nName: a\n", { name: undefined, version: "1" }],
])("the project and version a file with %s speaks of", (_, text, expected) => {
  expect(metadataNameAndVersion(parseCoreMetadataFile(Buffer.from(text)))).toEqual(expected);
});

test("what a wheel was built from comes back", () => {
  const wheel = buildWheel({ name: "Brie", version: "2.0", requiresPython: ">=3.9", requiresDist: ["milk", "salt>1"] });
  const file = parseCoreMetadataFile(Buffer.from(wheel.metadata));
  expect(metadataNameAndVersion(file)).toEqual({ name: "Brie", version: "2.0" });
  expect(file.headers.get("requires-dist")).toEqual(["milk", "salt>1"]);
  expect(file.description).toBe("# Brie\n");
});

test("any bytes are read, none twice", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { headers, description } = parseCoreMetadataFile(bytes);
      const kept = [...headers].flatMap(([field, values]) => [field, ...values]).join("") + (description ?? "");
      expect(kept.length).toBeLessThanOrEqual(2 * bytes.length);
    }),
  );
});

test("a megabyte of any shape is read within a second", () => {
  for (const unit of ["a", "\n", ":", " ", "\r", "a:\n", "a:b\n ", "\t\n", "\r\n", "License: x\n        y\n"]) {
    const text = Buffer.from(`Name: x\n${unit.repeat(Math.ceil(2 ** 20 / unit.length))}`);
    const start = performance.now();
    parseCoreMetadataFile(text);
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
