import { expect, test } from "vitest";
import { makeMetadata } from "../../test/support/factories.ts";
import { metadataOfFile } from "./metadata-of-file.ts";

test("a file of today says everything", () => {
  const contents = `Metadata-Version: 2.4
Name: Brie
Version: 1.0
Summary: Soft
Keywords: soft,white , rind
Author: Ann
Author-email: Ann <ann@example.com>
Maintainer: Bob
Maintainer-email: bob@example.com
License-Expression: mit OR apache-2.0
License-File: LICENSE
License-File: NOTICE
Home-page: https://brie.test/
Download-URL: https://brie.test/get
Project-URL: Source, https://brie.test/src
Project-URL: Docs,https://brie.test/docs
Classifier: Topic :: Software Development
Classifier: Programming Language :: Python :: 3
Platform: any
Dynamic: requires-dist
Provides-Extra: Rind_White
Requires-Dist: milk (>=1.0)
Requires-Dist: mould; extra == 'rind-white'
Requires-Python: >= 3.9, <4
Description-Content-Type: text/markdown

# Brie
`;
  expect(metadataOfFile(Buffer.from(contents))).toEqual({
    summary: "Soft",
    keywords: "soft, white, rind",
    author: "Ann",
    authorEmail: "Ann <ann@example.com>",
    maintainer: "Bob",
    maintainerEmail: "bob@example.com",
    license: null,
    licenseExpression: "MIT OR Apache-2.0",
    licenseFiles: ["LICENSE", "NOTICE"],
    homePage: "https://brie.test/",
    downloadUrl: "https://brie.test/get",
    projectUrls: [
      ["Docs", "https://brie.test/docs"],
      ["Source", "https://brie.test/src"],
    ],
    classifiers: ["Programming Language :: Python :: 3", "Topic :: Software Development"],
    platform: "any",
    dynamic: ["Requires-Dist"],
    providesExtra: ["rind-white"],
    requiresDist: ["milk>=1.0", 'mould; extra == "rind-white"'],
    requiresPython: "<4,>=3.9",
    descriptionContentType: "text/markdown",
    description: "# Brie\n",
  });
});

test.each<[what: string, lines: string, expected: object]>([
  ["nothing at all", "", {}],
  ["what no tool knew", "Author: UNKNOWN\nDescription: UNKNOWN\nPlatform: UNKNOWN\n", {}],
  ["empty fields", "Author:\nKeywords:\nRequires-Python:\n", {}],
  ["a requirement that is none", "Requires-Dist: >>> milk\n", { requiresDist: [">>> milk"] }],
  ["a Python that is none", "Requires-Python: 3.x please\n", { requiresPython: "3.x please" }],
  [
    "a license expression that is none",
    "License-Expression: do as you like\n",
    { licenseExpression: "do as you like" },
  ],
  ["an address without a label", "Project-URL: https://brie.test/\n", {}],
  ["a description of before 2.1", "Description: Brie\n        is soft\n", { description: "Brie\nis soft" }],
  ["a line that is no field", "what is this\n", { description: "what is this\n" }],
])("%s", (_, lines, expected) => {
  expect(metadataOfFile(Buffer.from(lines))).toEqual(makeMetadata(expected));
});

test("bytes that are no text do no harm", () => {
  expect(metadataOfFile(Buffer.from([0xff, 0xfe, 0, 1, 10, 58]))).toMatchObject({ author: null });
});
