import { expect, test } from "vitest";
import { makeMetadata } from "../../test/support/factories.ts";
import { groupClassifiers, keywordList, licenceText, people, projectLinks } from "./describe-metadata.ts";

test("links come home page first, each once, and only if they lead to the web", () => {
  const links = projectLinks(
    makeMetadata({
      homePage: "https://brie.example",
      downloadUrl: "javascript:alert(1)",
      projectUrls: [
        ["Homepage", "https://brie.example/"],
        ["Source", "https://code.example/brie"],
        ["Steal", "data:text/html,x"],
        ["Contact", "mailto:ada@brie.example"],
      ],
    }),
  );
  expect(links).toEqual([
    { label: "Home page", href: "https://brie.example/", host: "brie.example" },
    { label: "Source", href: "https://code.example/brie", host: "code.example" },
    { label: "Contact", href: "mailto:ada@brie.example", host: "ada@brie.example" },
  ]);
});

test.each([
  [{ licenseExpression: "MIT", license: "other" }, "MIT"],
  [{ classifiers: ["License :: OSI Approved :: MIT License"] }, "MIT License"],
  [{ classifiers: ["License :: OSI Approved :: MIT License"], license: "MIT\nmore" }, "MIT License (MIT)"],
  [{ license: "x".repeat(200) }, `${"x".repeat(100)}…`],
  [{}, undefined],
])("the licence of %j is %s", (metadata, text) => {
  expect(licenceText(makeMetadata(metadata))).toBe(text);
});

test.each([
  ["Ada", "ada@example.org", [["Ada", "mailto:ada@example.org"]]],
  [
    null,
    "Ada <ada@example.org>, bob@example.org",
    [
      ["Ada", "mailto:ada@example.org"],
      ["bob@example.org", "mailto:bob@example.org"],
    ],
  ],
  ["Ada", "Ada <ada@example.org>", [["Ada", "mailto:ada@example.org"]]],
  ["Ada", null, [["Ada", undefined]]],
  [
    "Ada",
    "Bob <bob@example.org>",
    [
      ["Ada", undefined],
      ["Bob", "mailto:bob@example.org"],
    ],
  ],
  [null, "javascript:alert(1)", [["javascript:alert(1)", undefined]]],
  [null, null, []],
])("%j and %j are %j", (names, addresses, expected) => {
  expect(people(names, addresses).map(({ name, mailto }) => [name, mailto])).toEqual(expected);
});

test.each([
  ["milk, hard cheese", ["milk", "hard cheese"]],
  ["milk; cheese", ["milk", "cheese"]],
  ["milk 'cheese'", ["milk", "cheese"]],
  [null, []],
])("the keywords of %j are %j", (text, list) => {
  expect(keywordList(text)).toEqual(list);
});

test("classifiers stand under their first part", () => {
  expect(groupClassifiers(["Topic :: Food", "Programming Language :: Python :: 3", "Topic :: Milk", "Odd"])).toEqual([
    ["Topic", ["Food", "Milk"]],
    ["Programming Language", ["Python › 3"]],
    ["Odd", ["Odd"]],
  ]);
});
