import { expect, test } from "vitest";
import { projectJson as apiJson } from "../index-api/json/project-json.ts";
import { projectHtml } from "../index-api/simple/project-html.ts";
import { projectJson as simpleJson } from "../index-api/simple/project-json.ts";
import { createAddresses, emptyMetadata, type UpstreamFacts, type UpstreamFile } from "../indexes/index.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import { shownFiles, summarizeReleases } from "../site/project-view.ts";
import { distributionOf } from "./distribution-of.ts";
import type { KnownPage } from "./page-queries.ts";
import { upstreamProjectPage } from "./upstream-project-page.ts";

const brie = normalizeName("brie");
const now = Temporal.Instant.from("2026-05-04T10:00:00Z");
const addresses = createAddresses({ publicUrl: "https://index.test/" });

function file(filename: string, upstream: Partial<UpstreamFacts> = {}): UpstreamFile {
  const distribution = distributionOf(brie, filename);
  if (distribution === undefined) throw new Error(`${filename} is no file of brie`);
  return {
    ...distribution,
    filename,
    size: null,
    blake2b: null,
    sha256: null,
    md5: null,
    metadataSha256: null,
    uploadedAt: null,
    comment: null,
    upstream: {
      address: "0".repeat(64),
      firstSeenAt: "2026-05-04T10:00:00.000000Z",
      isBaseline: true,
      hasMetadata: false,
      requiresPython: null,
      isYanked: false,
      yankedReason: "",
      provenance: null,
      ...upstream,
    },
  };
}

function pageOf(...files: UpstreamFile[]) {
  const known: KnownPage = {
    state: "found",
    displayName: "Brie",
    status: "active",
    statusReason: null,
    serial: 7,
    checkedAt: now,
    freshUntil: now,
    failure: null,
    files,
  };
  return upstreamProjectPage(brie, known);
}

test("releases and files are in the order of versions, whatever the order of names", () => {
  const names = ["brie-1.10.tar.gz", "brie-1.2.tar.gz", "brie-1.2rc1.tar.gz", "brie-2008-x.tar.gz", "brie.tar.gz"];
  const page = pageOf(...names.map((name) => file(name)), file("brie-1.2-py3-none-any.whl"));
  expect(page.releases.map(({ version, isPrerelease }) => [version, isPrerelease])).toEqual([
    ["2008-x", false],
    ["1.2rc1", true],
    ["1.2", false],
    ["1.10", false],
  ]);
  expect(page.files.map(({ filename }) => filename)).toEqual([
    "brie.tar.gz",
    "brie-2008-x.tar.gz",
    "brie-1.2rc1.tar.gz",
    "brie-1.2.tar.gz",
    "brie-1.2-py3-none-any.whl",
    "brie-1.10.tar.gz",
  ]);
  expect(page).toMatchObject({ name: "brie", displayName: "Brie", serial: 7, roles: [] });
});

const yanked = (yankedReason = "") => ({ isYanked: true, yankedReason });

test.each<[what: string, files: Partial<UpstreamFacts>[], release: object]>([
  ["one yanked file of two", [yanked("mould"), {}], { isYanked: false, yankedReason: "" }],
  ["two yanked files, one with a reason", [yanked(), yanked("mould")], { isYanked: true, yankedReason: "mould" }],
  ["two yanked files", [yanked(), yanked()], { isYanked: true, yankedReason: "" }],
  ["one opinion of Python", [{ requiresPython: ">=3" }, { requiresPython: ">=3" }], { requiresPython: ">=3" }],
  ["two opinions of Python", [{ requiresPython: ">=3" }, {}], { requiresPython: null }],
])("%s", (_, [first, second], release) => {
  const page = pageOf(file("brie-1.0.tar.gz", first), file("brie-1.0-py3-none-any.whl", second));
  expect(page.releases).toMatchObject([release]);
});

test("a file without a version is listed in the simple index, and no page breaks by it", () => {
  const page = pageOf(file("brie.zip"), file("brie-1.0.tar.gz"));
  const [release] = page.releases;
  if (release === undefined) throw new Error("no release");
  expect(projectHtml(page, addresses, "main").toString()).toContain(">brie.zip</a>");
  const simple = JSON.parse(simpleJson(page, addresses, "main").toString());
  expect(simple.files.map((one: { filename: string }) => one.filename)).toEqual(["brie.zip", "brie-1.0.tar.gz"]);
  expect(simple.versions).toEqual(["1.0"]);
  const api = JSON.parse(apiJson(page, release, emptyMetadata, { addresses, index: "main" }, true).toString());
  expect(Object.keys(api.releases)).toEqual(["1.0"]);
  expect(api.urls).toHaveLength(1);
  expect(shownFiles({ page, release })).toHaveLength(1);
  expect(summarizeReleases(page).get("1.0")).toMatchObject({ files: 1 });
});

test("a project of nothing but such files has no release", () => {
  const page = pageOf(file("brie.zip"));
  expect(page.releases).toEqual([]);
  expect(JSON.parse(simpleJson(page, addresses, "main").toString())).toMatchObject({ versions: [] });
});
