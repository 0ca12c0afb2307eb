import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { createFragileDisk } from "../../../test/support/fragile-disk.ts";
import { quietLog } from "../../../test/support/log.ts";
import { digestBytes } from "../crypto/digest.ts";
import { describeBlobStore } from "./blob-store.contract.ts";
import { nodeDisk } from "./disk-operations.ts";
import { createDiskStore, type DiskStoreDeps } from "./disk-store.ts";
import { BlobConflict, FileTooLarge, InsufficientStorage } from "./errors.ts";

const roots: string[] = [];
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true }))));

async function emptyRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "cheeseshop-store-"));
  roots.push(root);
  return root;
}

async function emptyStore(deps: Partial<DiskStoreDeps> = {}) {
  const root = await emptyRoot();
  const store = await createDiskStore(root, { log: quietLog, minFree: 0, ...deps });
  return { store, root, countUnfinished: async () => (await readdir(join(root, "tmp"))).length };
}

describeBlobStore("disk", async () => {
  const { store, countUnfinished } = await emptyStore();
  return { store, countUnfinished, end: () => store.close() };
});

describe("crashes", () => {
  const bytes = randomBytes(5000);
  const manyBytes = randomBytes(100_000);

  test.each([
    ["new bytes", bytes, false, ["freeSpace", "open", "write", "sync", "close", "link", "mkdir"]],
    ["more than memory holds", manyBytes, false, ["freeSpace", "open", "write", "sync", "close", "link", "mkdir"]],
    ["what is there already", bytes, true, ["freeSpace", "open", "write", "sync", "close", "link", "stat", "chmod"]],
  ])(
    "whichever step of keeping %s fails, nothing is half done and the next attempt succeeds",
    async (_, bytes, again, kinds) => {
      const { blake2b } = await digestBytes(bytes);
      const failed = new Set<string>();
      for (let steps = 0; ; steps++) {
        const fragile = createFragileDisk();
        const { store, countUnfinished } = await emptyStore({ disk: fragile.disk });
        if (again) await store.putBytes(bytes);
        fragile.failAfter(steps, "EIO");
        const outcome = await store.putBytes(bytes).catch((error: unknown) => error);
        expect(await countUnfinished()).toBe(0);
        if (!fragile.hasFailed) {
          expect(outcome).toMatchObject({ size: bytes.length });
          break;
        }
        failed.add(fragile.steps[steps]?.split(" ")[0] ?? "");
        expect(outcome).toBeInstanceOf(InsufficientStorage);
        const visible = await readFile(store.path(blake2b)).catch(() => undefined);
        if (visible) expect(visible).toEqual(bytes);
        await store.putBytes(bytes);
        expect(await readFile(store.path(blake2b))).toEqual(bytes);
      }
      expect(failed).toEqual(new Set(kinds));
    },
  );

  test.each(["ENOSPC", "EDQUOT", "EIO"])(
    "%s in the middle of a body is 503 with advice when to try again",
    async (code) => {
      const fragile = createFragileDisk();
      const { store, countUnfinished } = await emptyStore({ disk: fragile.disk });
      fragile.failAfter(4, code);
      const receiving = store.receive(Readable.from([randomBytes(2_000_000)]), { limit: 5_000_000 });
      await expect(receiving).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "60" } });
      expect(fragile.steps.at(4)).toMatch(/^write /);
      expect(await countUnfinished()).toBe(0);
    },
  );

  test("the bytes are on disk before they have a name, and the name is before anyone is told", async () => {
    let root = "";
    const fragile = createFragileDisk((path) => relative(root, path).replace(/tmp\/.+/, "tmp/file"));
    const made = await emptyStore({ disk: fragile.disk });
    root = made.root;
    const { blake2b } = await digestBytes(bytes);
    const [outer, inner, rest] = [blake2b.slice(0, 2), blake2b.slice(2, 4), blake2b.slice(4)];
    fragile.failAfter(Number.POSITIVE_INFINITY, "never");
    await made.store.putBytes(bytes);
    const steps = fragile.steps.filter((step) => /^(write|sync|link|mkdir)/.test(step));
    expect(steps.slice(0, -3)).toEqual([
      "write tmp/file",
      "sync tmp/file",
      `link blobs/${outer}/${inner}/${rest}`,
      `mkdir blobs/${outer}`,
      `mkdir blobs/${outer}/${inner}`,
      `link blobs/${outer}/${inner}/${rest}`,
    ]);
    expect(steps.slice(-3).sort()).toEqual(["sync blobs", `sync blobs/${outer}`, `sync blobs/${outer}/${inner}`]);
  });

  test("another process's new folders are synced too, once", async () => {
    const root = await emptyRoot();
    await (await createDiskStore(root, { log: quietLog, minFree: 0 })).putBytes(bytes);
    const fragile = createFragileDisk((path) => relative(root, path));
    const store = await createDiskStore(root, { log: quietLog, minFree: 0, disk: fragile.disk });
    const syncsOfAgain = async () => {
      fragile.failAfter(Number.POSITIVE_INFINITY, "never");
      await store.putBytes(bytes);
      return fragile.steps.filter((step) => step.startsWith("sync blobs")).length;
    };
    expect(await syncsOfAgain()).toBe(3);
    expect(await syncsOfAgain()).toBe(1);
  });
});

describe("broken files", () => {
  test("other bytes under the same digest are never replaced, and both are kept as evidence", async () => {
    const { store, root, countUnfinished } = await emptyStore();
    const bytes = randomBytes(1000);
    const { blake2b } = await store.putBytes(bytes);
    await chmod(store.path(blake2b), 0o644);
    await writeFile(store.path(blake2b), "truncated");
    await expect(store.putBytes(bytes)).rejects.toThrow(BlobConflict);
    expect(await readFile(store.path(blake2b), "utf8")).toBe("truncated");
    const [evidence = ""] = await readdir(join(root, "conflicts"));
    expect(await readFile(join(root, "conflicts", evidence))).toEqual(bytes);
    expect(await countUnfinished()).toBe(0);
  });

  test("kept files cannot be written to by mistake", async () => {
    const { store } = await emptyStore();
    const { blake2b } = await store.putBytes(randomBytes(10));
    expect((await stat(store.path(blake2b))).mode & 0o222).toBe(0);
  });

  test("bytes that the sweep of orphans removes at that very moment are linked again", async () => {
    const bytes = randomBytes(100);
    let sweeps = 1;
    const root = await emptyRoot();
    const disk = {
      ...nodeDisk,
      stat: async (path: string) => {
        if (sweeps-- > 0) await nodeDisk.unlink(path);
        return nodeDisk.stat(path);
      },
    };
    const store = await createDiskStore(root, { log: quietLog, minFree: 0, disk });
    await (await createDiskStore(root, { log: quietLog, minFree: 0 })).putBytes(bytes);
    const { blake2b } = await store.putBytes(bytes);
    expect(await readFile(store.path(blake2b))).toEqual(bytes);
  });

  test.each(["setAside", "remove"] as const)(
    "after %s nothing of the bytes is left where nginx finds it",
    async (act) => {
      const { store, root } = await emptyStore();
      const { blake2b } = await store.putBytes(randomBytes(10));
      const other = await store.putBytes(randomBytes(10));
      await mkdir(join(root, "public"));
      await link(store.path(blake2b), join(root, "public", "a.whl"));
      await store[act](other.blake2b);
      expect(await readdir(join(root, "public"))).toEqual(["a.whl"]);
      await store[act](blake2b);
      expect(await readdir(join(root, "public"))).toEqual([]);
    },
  );

  test("files that are not ours are not listed", async () => {
    const { store, root } = await emptyStore();
    const { blake2b } = await store.putBytes(randomBytes(10));
    await writeFile(join(root, "blobs", "README"), "");
    await writeFile(join(root, "blobs", blake2b.slice(0, 2), blake2b.slice(2, 4), "x"), "");
    expect((await Array.fromAsync(store.list())).map((blob) => blob.blake2b)).toEqual([blake2b]);
  });
});

describe("little space", () => {
  const withFree = (free: () => number) => ({ minFree: 1000, disk: { ...nodeDisk, freeSpace: async () => free() } });

  test.each([
    [5000, 4000, true],
    [5000, 4001, false],
    [999, 0, false],
    [1000, 0, true],
  ])("with %d bytes free and 1000 to stay free, %d more are accepted: %s", async (free, announced, accepted) => {
    const { store } = await emptyStore(withFree(() => free));
    const asked = store.ensureSpace(announced);
    if (accepted) await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toThrow(InsufficientStorage);
  });

  test("a body that was announced too large for the disk is refused before a byte is read", async () => {
    const { store, countUnfinished } = await emptyStore(withFree(() => 5000));
    let reads = 0;
    const body = new Readable({ read: () => void reads++ });
    await expect(store.receive(body, { limit: 10_000, expectedLength: 9000 })).rejects.toThrow(InsufficientStorage);
    expect(reads).toBe(0);
    expect(await countUnfinished()).toBe(0);
  });

  test("who announces more than is allowed is told of the limit, not of the disk", async () => {
    const { store } = await emptyStore(withFree(() => 5000));
    const receiving = store.receive(Readable.from([randomBytes(200)]), { limit: 100, expectedLength: 9000 });
    await expect(receiving).rejects.toThrow(FileTooLarge);
  });

  test("a body that was not announced ends when the space does", async () => {
    let free = 20_000_000;
    const { store, countUnfinished } = await emptyStore(withFree(() => free));
    const body = Readable.from(
      (function* () {
        for (let chunk = 0; chunk < 40; chunk++, free -= 1_000_000) yield Buffer.alloc(1_000_000);
      })(),
    );
    await expect(store.receive(body, { limit: 100_000_000 })).rejects.toThrow(InsufficientStorage);
    expect(free).toBeGreaterThan(-10_000_000);
    expect(await countUnfinished()).toBe(0);
  });
});
