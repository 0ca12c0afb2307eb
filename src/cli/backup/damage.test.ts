import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type BackupScene,
  type BackupSetting,
  backupScene,
  modeOf,
  overwrite,
} from "../../../test/support/backup-of.ts";
import { emptyDatabase } from "../../../test/support/empty-database.ts";
import { getIndex } from "../../../test/support/factories.ts";
import { markLost } from "../../files/index.ts";
import { openServerSecret } from "../../platform/crypto/secret.ts";
import type { Db } from "../../platform/db/pool.ts";
import { readProjectPage } from "../../projects/index.ts";
import { tablePath } from "./copy-tables.ts";
import { BackupFailed, BackupUnusable, TargetNotEmpty } from "./errors.ts";
import { listRelations } from "./queries.ts";

let scene: BackupScene;
let { source, disk, publisher } = {} as BackupScene;
let { place, target, targetDisk } = {} as BackupSetting;

beforeAll(async () => {
  scene = await backupScene();
  ({ source, disk, publisher } = scene);
});
afterAll(() => scene.remove());
beforeEach(async () => {
  const setting = await scene.setUp();
  ({ place, target, targetDisk } = setting);
  return setting.end;
});

const projectNames = async (db: Db) =>
  (await db.selectFrom("projects").select("normalized_name as name").orderBy("normalized_name").execute()).map(
    ({ name }) => name,
  );

describe("damage", () => {
  test("rows that are not those that were written are refused before anything is touched", async () => {
    const { snapshot } = await place.backUp(source.pool, disk.store);
    const path = tablePath(place.folder.pathOf(snapshot), "projects");
    await overwrite(path, (await readFile(path, "utf8")).replace("brie", "blue"));
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow(
      /projects\.copy is not what was written/,
    );
    await rm(path);
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow(/projects\.copy is missing/);
    expect(await listRelations(target.pool)).toEqual([]);
    expect(await Array.fromAsync(targetDisk.store.list())).toEqual([]);
  });

  test("a manifest that is cut short, changed or of a newer form is refused with what is wrong", async () => {
    const { snapshot } = await place.backUp(source.pool, disk.store);
    const path = join(place.folder.pathOf(snapshot), "manifest.json");
    const text = await readFile(path, "utf8");
    const refusal = async (changed: string) => {
      await overwrite(path, changed);
      return place.restore(target.pool, targetDisk.store).catch(String);
    };
    expect(await refusal(text.slice(0, 200))).toMatch("is damaged: it is not JSON");
    expect(await refusal(text.replace('"name": "actors"', '"name": "../actors"'))).toMatch("is damaged: tables.0.name");
    expect(await refusal(text.replace('"format": 1', '"format": 2'))).toMatch(
      "was made by Cheeseshop 0.1.0: restore it with that release or a newer one",
    );
    expect(await listRelations(target.pool)).toEqual([]);
  });

  test("a file with other bytes is refused, and the restore can be repeated once it is right again", async () => {
    await place.backUp(source.pool, disk.store);
    const blobs = await Array.fromAsync(place.backupStore.list());
    const path = place.backupStore.path(blobs.at(-1)?.blake2b ?? "");
    const bytes = await readFile(path);
    await overwrite(path, Buffer.alloc(bytes.length, "x"));
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow(
      /1 files that are missing or not what they were[\s\S]*Nothing was restored/,
    );
    expect(await listRelations(target.pool)).toEqual([]);
    await overwrite(path, bytes);
    await place.restore(target.pool, targetDisk.store);
    expect(await projectNames(target.db)).toEqual(await projectNames(source.db));
  });

  test("a file that is missing from the backup is noticed before anything is touched", async () => {
    await place.backUp(source.pool, disk.store);
    const [blob] = await Array.fromAsync(place.backupStore.list());
    await place.backupStore.remove(blob?.blake2b ?? "");
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow(BackupUnusable);
    expect(await Array.fromAsync(targetDisk.store.list())).toEqual([]);
  });

  test("wrong bytes that stand where a restored file belongs are moved aside", async () => {
    await place.backUp(source.pool, disk.store);
    const blob = await targetDisk.store.putBytes(Buffer.from("Name: brie\nVersion: 1.0\n"));
    expect(await disk.store.stat(blob.blake2b)).toBeDefined();
    await overwrite(targetDisk.store.path(blob.blake2b), Buffer.alloc(blob.size, "x"));
    await place.restore(target.pool, targetDisk.store);
    expect(await readFile(targetDisk.store.path(blob.blake2b), "utf8")).toBe("Name: brie\nVersion: 1.0\n");
  });

  test("a server that lacks a file gets no backup until it is written down as lost, but all other files are copied", async () => {
    await publisher.publish("stinking-bishop", "1.0");
    const page = await readProjectPage(source.db, (await getIndex(source.db)).id, "stinking-bishop");
    const { blake2b = "" } = page?.files[0] ?? {};
    await disk.store.remove(blake2b);
    const failure = await place.backUp(source.pool, disk.store).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BackupFailed);
    expect(String(failure)).toMatch(/stinking_bishop-1\.0-py3-none-any\.whl \(main\)[\s\S]*fsck --repair/);
    expect(await place.folder.list()).toEqual([]);
    await markLost(source.db, disk.store, blake2b);
    const { copied, manifest } = await place.backUp(source.pool, disk.store);
    expect(manifest.blobs.leftOut).toBe(1);
    expect(copied.count).toBe(0);
    await place.restore(target.pool, targetDisk.store);
  });

  test("a full database is refused", async () => {
    await place.backUp(source.pool, disk.store);
    await target.pool.query("create table mine (x int)");
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow(TargetNotEmpty);
    expect(await Array.fromAsync(targetDisk.store.list())).toEqual([]);
  });

  test("a restore that fails among the rows leaves the database as empty as it was", async () => {
    const { snapshot, manifest } = await place.backUp(source.pool, disk.store);
    const path = join(place.folder.pathOf(snapshot), "manifest.json");
    const users = manifest.tables.find(({ name }) => name === "users");
    const wrong = manifest.tables.map((table) => (table === users ? { ...table, rows: table.rows + 1 } : table));
    await overwrite(path, JSON.stringify({ ...manifest, tables: wrong }));
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow(/table users got/);
    expect(await listRelations(target.pool)).toEqual([]);
  });
});

describe("the key that tokens are derived from", () => {
  test("is in the backup, for its owner's eyes only, and works after the restore", async () => {
    const [before, after] = [join(place.scratch, "before"), join(place.scratch, "after")];
    const secret = await openServerSecret(before);
    const { key, snapshot } = await place.backUp(source.pool, disk.store, { keyFolder: before });
    expect(key).toBe("included");
    const path = place.folder.pathOf(snapshot);
    for (const name of ["blobs", "snapshots"]) expect(await modeOf(join(place.folder.path, name))).toBe(0o700);
    for (const name of await readdir(path)) expect(await modeOf(join(path, name))).toBe(0o600);
    expect(await readFile(join(path, "manifest.json"), "utf8")).not.toContain(
      (await readFile(join(before, "key"), "utf8")).trim(),
    );

    expect(await place.restore(target.pool, targetDisk.store, { keyFolder: after })).toBe("same");
    expect(await modeOf(join(after, "key"))).toBe(0o600);
    expect((await openServerSecret(after)).derive("a", "b")).toEqual(secret.derive("a", "b"));
  });

  test("can be left out, and the restore then tells whether the one in use is the same", async () => {
    const keyFolder = join(place.scratch, "before");
    await openServerSecret(keyFolder);
    const { key, snapshot } = await place.backUp(source.pool, disk.store, { keyFolder, withSecrets: false });
    expect(key).toBe("left out");
    expect(await readdir(place.folder.pathOf(snapshot))).not.toContain("secret-key");
    expect(await place.restore(target.pool, targetDisk.store)).toBe("another");
    const again = await emptyDatabase(source.connection);
    const givenKey = await readFile(join(keyFolder, "key"), "utf8");
    expect(await place.restore(again.pool, targetDisk.store, { givenKey }).finally(again.drop)).toBe("same");
  });

  test("is never put in the place of another one", async () => {
    const [before, after] = [join(place.scratch, "before"), join(place.scratch, "after")];
    await openServerSecret(before);
    await openServerSecret(after);
    await place.backUp(source.pool, disk.store, { keyFolder: before });
    const restored = place.restore(target.pool, targetDisk.store, { keyFolder: after });
    await expect(restored).rejects.toThrow("is another key than the backup's");
    expect(await listRelations(target.pool)).toEqual([]);
  });
});
