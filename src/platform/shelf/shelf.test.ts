import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordingLog } from "../../../test/support/log.ts";
import { createShelf, type Shelf, timeOfSerial } from "./shelf.ts";
import {
  clearFolder,
  openFolder,
  removeLeftOvers,
  type ShelfFolders,
  shelfFolders,
  takeAway,
} from "./shelf-folders.ts";

let root: string;
let folders: ShelfFolders;
let shelf: Shelf;
let stored: string;
let lines: ReturnType<typeof recordingLog>["lines"];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "cheeseshop-shelf-"));
  folders = shelfFolders({ data: root, files: join(root, "files") });
  for (const folder of [folders.files, folders.pages]) await openFolder(folder);
  stored = join(root, "stored");
  await writeFile(stored, "bytes", { mode: 0o400 });
  const { log, lines: written } = recordingLog();
  lines = written;
  shelf = createShelf({ folders, log, minFree: 0 });
});
afterEach(() => rm(root, { recursive: true }));

const page = { identity: Buffer.from("plain"), gzip: Buffer.from("zipped") };
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const ADDRESS = "/i/team/packages/aa/bb/cc/brie-1.0.whl";

describe("what stands there", () => {
  test("a file is the stored one, readable by everybody on a way that shows nothing else", async () => {
    shelf.link(ADDRESS, stored);
    const place = join(folders.files, ADDRESS);
    expect((await stat(place)).ino).toBe((await stat(stored)).ino);
    expect(await modeOf(place)).toBe(0o444);
    for (let way = dirname(place); way !== root; way = dirname(way)) {
      if (way !== join(root, "files")) expect(await modeOf(way), way).toBe(0o711);
    }
  });

  test("a page has its serial as its time, as nginx writes times", async () => {
    shelf.putPage("brie", "main.html", page, 30_412_987);
    for (const [name, text] of [
      ["main.html", "plain"],
      ["main.html.gz", "zipped"],
    ] as const) {
      const place = join(folders.pages, "brie", name);
      expect(await readFile(place, "utf8")).toBe(text);
      expect((((await stat(place)).mtimeMs / 1000) | 0).toString(16)).toBe("30412987");
      expect(await modeOf(place)).toBe(0o644);
    }
    expect((await readdir(join(folders.pages, "brie"))).sort()).toEqual(["main.html", "main.html.gz"]);
  });

  test.each([
    [1, 0x1],
    [9, 0x9],
    [10, 0x10],
    [387, 0x387],
    [399_999_999, 0x399999999],
  ])("the time of serial %d", (serial, time) => {
    expect(timeOfSerial(serial)).toBe(time);
  });

  test("metadata has the time it is said to have", async () => {
    shelf.copy(`${ADDRESS}.metadata`, { ...page, gzip: undefined }, Temporal.Instant.from("2026-05-04T10:00:00.9Z"));
    const place = join(folders.files, `${ADDRESS}.metadata`);
    expect((await stat(place)).mtime.toISOString()).toBe("2026-05-04T10:00:00.000Z");
    expect(await readdir(dirname(place))).toEqual(["brie-1.0.whl.metadata"]);
  });

  test("what stands there stays as it is until it is taken away", async () => {
    shelf.putPage("brie", "main.html", page, 1);
    shelf.putPage("brie", "main.html", { identity: Buffer.from("new"), gzip: undefined }, 2);
    shelf.link(ADDRESS, stored);
    shelf.link(ADDRESS, stored);
    expect(await readFile(join(folders.pages, "brie", "main.html"), "utf8")).toBe("plain");
    expect(lines).toEqual([]);
  });
});

describe("what cannot be put there is left out", () => {
  test("bytes that are gone, and a shelf that is gone, are nobody's concern", async () => {
    shelf.link(ADDRESS, join(root, "gone"));
    await rm(folders.pages, { recursive: true });
    shelf.putPage("brie", "main.html", page, 1);
    expect(await readdir(join(root, "nginx"))).toEqual([]);
    expect(lines).toEqual([]);
  });

  test("a reason is said once", async () => {
    await writeFile(join(folders.files, "packages"), "no folder");
    for (const name of ["a", "b", "c"]) shelf.link(`/packages/aa/bb/cc/${name}`, stored);
    expect(lines).toMatchObject([{ level: "warn", fields: { code: "ENOTDIR" } }]);
  });

  test("pages do not take the space that has to stay free", async () => {
    const { log } = recordingLog();
    const careful = createShelf({ folders, log, minFree: Number.MAX_SAFE_INTEGER });
    careful.putPage("brie", "main.html", page, 1);
    expect(await readdir(join(folders.pages, "brie"))).toEqual([]);
  });

  test("a serial that is no time leaves nothing behind", async () => {
    shelf.putPage("brie", "main.html", page, 9e15);
    expect(await readdir(join(folders.pages, "brie"))).toEqual([]);
  });
});

describe("taking away", () => {
  test("one project's pages go in one step, the others stay", async () => {
    for (const project of ["brie", "feta"]) shelf.putPage(project, "main.html", page, 1);
    const taken = await takeAway(folders.pages, join(folders.pages, "brie"));
    expect(await readdir(folders.pages)).toEqual(["feta"]);
    await taken?.removal;
    expect(await readdir(dirname(folders.pages))).toEqual(["pages"]);
    expect(await takeAway(folders.pages, join(folders.pages, "brie"))).toBeUndefined();
  });

  test("a whole shelf is empty and open again, and the stored bytes are still there", async () => {
    shelf.link(ADDRESS, stored);
    await (await clearFolder(folders.files))?.removal;
    expect(await readdir(dirname(folders.files))).toEqual(["public"]);
    expect(await readdir(folders.files)).toEqual([]);
    expect(await modeOf(folders.files)).toBe(0o711);
    expect(await readFile(stored, "utf8")).toBe("bytes");
  });

  test("where there is no shelf, none is made", async () => {
    await rm(folders.files, { recursive: true });
    expect(await clearFolder(folders.files)).toBeUndefined();
    expect(await readdir(join(root, "files"))).toEqual([]);
  });

  test("what a killed process left half removed is removed, and nothing else", async () => {
    await mkdir(`${folders.files}.old-0123`);
    await mkdir(`${folders.files}-mine`);
    await removeLeftOvers(folders.files);
    expect((await readdir(join(root, "files"))).sort()).toEqual(["public", "public-mine"]);
  });
});
