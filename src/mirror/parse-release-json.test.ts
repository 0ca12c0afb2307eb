import { expect, test } from "vitest";
import { normalizeName } from "../packaging-standards/index.ts";
import { parseReleaseJson } from "./parse-release-json.ts";

const ACME = normalizeName("acme");
const read = (info: object) => parseReleaseJson({ info: { name: "Acme", version: "1.0", ...info } }, ACME, "1.0");

test("what a document does not say is null or an empty list", () => {
  expect(read({ requires_dist: null, classifiers: "nonsense", author: 7 })).toEqual({
    author: null,
    authorEmail: null,
    maintainer: null,
    maintainerEmail: null,
    summary: null,
    description: "",
    descriptionContentType: null,
    keywords: null,
    license: null,
    licenseExpression: null,
    licenseFiles: [],
    classifiers: [],
    dynamic: [],
    homePage: null,
    downloadUrl: null,
    platform: null,
    projectUrls: [],
    providesExtra: [],
    requiresDist: [],
    requiresPython: null,
  });
});

test("addresses are in order of label, without those that the document repeats", () => {
  const project_urls = { Source: "s", Homepage: "h", Download: "d", Bugs: "b" };
  const urls = read({ project_urls, home_page: "h", download_url: "other" })?.projectUrls;
  expect(urls).toEqual([
    ["Bugs", "b"],
    ["Download", "d"],
    ["Source", "s"],
  ]);
});

test.each<[string, unknown]>([
  ["of another project", { info: { name: "brie", version: "1.0" } }],
  ["of another version", { info: { name: "acme", version: "1.1" } }],
  ["of nothing", { info: { name: "acme" } }],
  ["that is a list", []],
])("a document %s is none", (_, document) => {
  expect(parseReleaseJson(document, ACME, "1.0")).toBeUndefined();
});

test("the same version may be spelled otherwise", () => {
  expect(read({ version: "1.0.0" })).toBeDefined();
});
