import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { quietLog } from "../../test/support/log.ts";
import { createShelf } from "../platform/shelf/shelf.ts";
import { shelfFolders } from "../platform/shelf/shelf-folders.ts";
import { openShelf } from "./shelf-keeper.ts";

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "cheeseshop-keeper-"));
});
afterEach(() => rm(data, { recursive: true }));

const configOf = (nginx: boolean) => ({ data, files: join(data, "files"), nginx });
const page = { identity: Buffer.from("page"), gzip: undefined };

async function filled() {
  const keeper = await openShelf(configOf(true), quietLog);
  const folders = shelfFolders(configOf(true));
  const shelf = createShelf({ folders, log: quietLog, minFree: 0 });
  for (const project of ["brie", "feta"]) shelf.putPage(project, "main.html", page, 1);
  shelf.copy("/packages/aa/bb/cc/brie.whl.metadata", page, Temporal.Instant.fromEpochMilliseconds(0));
  return {
    keeper,
    pages: () => readdir(folders.pages).then((names) => names.sort()),
    files: () => readdir(folders.files),
  };
}

test.each([
  ["a project", { kind: "project", index: "1", project: "brie" }, ["feta"], ["packages"]],
  ["a project that is not there", { kind: "project", index: "1", project: "gouda" }, ["brie", "feta"], ["packages"]],
  ["a token", { kind: "token-revoked", id: "1" }, ["brie", "feta"], ["packages"]],
  ["everything", { kind: "everything" }, [], []],
  ["something unheard of", { kind: "moon", phase: "full" }, [], []],
  ["nothing that makes sense", 7, [], []],
  ["a project whose name is a path", { kind: "project", project: "../../files" }, [], []],
  ["a project without a name", { kind: "project", project: "" }, [], []],
])("after a change of %s, what it made untrue is gone", async (_what, change, pages, files) => {
  const shelf = await filled();
  await shelf.keeper?.withdraw(change);
  expect(await shelf.pages()).toEqual(pages);
  expect(await shelf.files()).toEqual(files);
});

test("every start begins with an empty shelf, and without nginx there is none", async () => {
  const before = await filled();
  await openShelf(configOf(true), quietLog);
  expect([await before.pages(), await before.files()]).toEqual([[], []]);
  await filled();
  expect(await openShelf(configOf(false), quietLog)).toBeUndefined();
  await expect(before.pages()).rejects.toThrow("ENOENT");
  await expect(before.files()).rejects.toThrow("ENOENT");
});

test("at the end pages are gone and files stay", async () => {
  const shelf = await filled();
  await shelf.keeper?.close();
  expect([await shelf.pages(), await shelf.files()]).toEqual([[], ["packages"]]);
});

test("nginx may pass to the shelf, its group to stored bytes, and nobody may look around", async () => {
  await filled();
  const modes = {
    ".": 0o711,
    files: 0o711,
    "files/blobs": 0o710,
    "files/public": 0o711,
    nginx: 0o711,
    "nginx/pages": 0o711,
  };
  for (const [folder, mode] of Object.entries(modes)) {
    expect((await stat(join(data, folder))).mode & 0o777, folder).toBe(mode);
  }
});
