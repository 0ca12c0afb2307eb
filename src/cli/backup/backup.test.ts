import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Pool, PoolClient } from "pg";
import type { CopyToStreamQuery } from "pg-copy-streams";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type BackupScene,
  type BackupSetting,
  backupScene,
  overwrite,
  programMigrations,
} from "../../../test/support/backup-of.ts";
import { temporaryDatabase } from "../../../test/support/database.ts";
import type { EmptyDatabase } from "../../../test/support/empty-database.ts";
import { getIndex, makeIndex, makeUser } from "../../../test/support/factories.ts";
import { makeMirror, mirrorFile } from "../../../test/support/mirrored-files.ts";
import { createPublisher } from "../../../test/support/real-publication.ts";
import { insertBlob } from "../../files/index.ts";
import { getCatalogueId } from "../../indexes/index.ts";
import { applyChange, listChanges, type State } from "../../journal/index.ts";
import { findPromisedFiles, setKept, setMetadataKept } from "../../mirror/kept-queries.ts";
import { migrate } from "../../platform/db/migrate.ts";
import type { Db } from "../../platform/db/pool.ts";
import { findReleaseMetadata, readProjectPage, rebuildPage } from "../../projects/index.ts";
import { BackupUnusable } from "./errors.ts";
import { prune } from "./prune.ts";
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

/** What rows say of a project: its page and every release's core metadata. */
async function readRows(db: Db, indexId: string, name: string) {
  const page = await readProjectPage(db, indexId, name);
  if (page === undefined) return undefined;
  const metadata = new Map();
  for (const { version } of page.releases) metadata.set(version, await findReleaseMetadata(db, indexId, name, version));
  return { page, metadata };
}

/** The same of a moment that is over. */
async function rebuildRows(db: Db, indexId: string, name: string, serial: number) {
  let state: State = new Map();
  let last = 0;
  for (const line of await listChanges(db, indexId, name, serial)) {
    state = applyChange(state, line.change);
    last = line.serial;
  }
  return rebuildPage(name, last, state);
}

const projectNames = async (db: Db) =>
  (await db.selectFrom("projects").select("normalized_name as name").orderBy("normalized_name").execute()).map(
    ({ name }) => name,
  );

/** Everything about tables that a restore takes apart and puts together again. */
async function readSchema({ pool }: Pick<EmptyDatabase, "pool">) {
  const { rows } = await pool.query(`
    select conrelid::regclass::text as owner, conname as name, pg_get_constraintdef(oid) as what, convalidated::text as state
    from pg_constraint where connamespace = 'public'::regnamespace
    union all select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text from pg_trigger where not tgisinternal
    order by 1, 2`);
  return rows;
}

/** A pool that lets something happen on other connections before each table is copied. */
function beforeEachCopy(pool: Pool, act: () => Promise<void>): Pick<Pool, "connect"> {
  function copyLater(client: PoolClient, copy: CopyToStreamQuery): PassThrough {
    const rows = Object.defineProperty(new PassThrough(), "rowCount", { get: () => copy.rowCount });
    act().then(
      () => client.query(copy).pipe(rows),
      (error: Error) => rows.destroy(error),
    );
    return rows;
  }
  return {
    async connect() {
      const client = await pool.connect();
      return new Proxy(client, {
        get(_, property) {
          if (property === "release") return client.release.bind(client);
          if (property !== "query") return Reflect.get(client, property);
          return (query: CopyToStreamQuery | string, values?: unknown[]) =>
            typeof query === "string" ? client.query(query, values) : copyLater(client, query);
        },
      });
    },
  };
}

describe("a backup that was restored", () => {
  test("is the catalogue at one moment, though uploads went on meanwhile", async () => {
    const { id: indexId } = await getIndex(source.db);
    let minor = 0;
    const pool = beforeEachCopy(source.pool, () => publisher.publish("gouda", `1.${minor++}`));
    await place.backUp(pool, disk.store);
    expect(minor).toBeGreaterThan(10);

    await place.restore(target.pool, targetDisk.store);

    const { lastSerial } = await getIndex(target.db);
    expect(lastSerial).toBeLessThan((await getIndex(source.db)).lastSerial);
    const names = await projectNames(target.db);
    expect(names).toEqual(expect.arrayContaining(["brie", "camembert-de"]));
    for (const name of await projectNames(source.db)) {
      const restored = await readRows(target.db, indexId, name);
      expect(restored).toEqual(await rebuildRows(source.db, indexId, name, lastSerial));
      for (const { blake2b, size } of restored?.page.files ?? []) {
        expect(await readFile(targetDisk.store.path(blake2b))).toEqual(await readFile(disk.store.path(blake2b)));
        expect((await targetDisk.store.stat(blake2b))?.size).toBe(size);
      }
    }
  });

  test("has the same rows but a catalogue id of its own, the same constraints and triggers, and goes on from its last serial", async () => {
    const first = await place.backUp(source.pool, disk.store);
    await place.restore(target.pool, targetDisk.store);
    const second = await place.backUp(target.pool, targetDisk.store);
    const withoutId = ({ manifest }: typeof first) => manifest.tables.filter(({ name }) => name !== "catalogue");
    expect(withoutId(second)).toEqual(withoutId(first));
    expect(second.manifest.sequences).toEqual(first.manifest.sequences);
    expect(await getCatalogueId(target.db)).not.toBe(await getCatalogueId(source.db));
    expect(await readSchema(target)).toEqual(await readSchema(source));

    const index = await getIndex(target.db);
    expect(index.lastSerial).toBe((await getIndex(source.db)).lastSerial);
    const { rows } = await target.pool.query("select actor_id as id, username from users where username = 'ada'");
    await createPublisher(target.db, targetDisk.store, index, rows[0]).publish("taleggio", "1.0");
    const after = await getIndex(target.db);
    expect(after.lastSerial).toBeGreaterThan(index.lastSerial);
    expect((await readProjectPage(target.db, index.id, "taleggio"))?.serial).toBe(after.lastSerial);
    const job = "insert into jobs (kind, payload) values ('test', '{}') returning id";
    const { rows: ids } = await target.pool.query(job);
    expect(ids[0].id).toBe((await source.pool.query(job)).rows[0].id);
  });

  test("is brought to what this release needs, when it was made by an older one", async () => {
    await place.backUp(source.pool, disk.store);
    const sql = "alter table projects add column rind text not null default 'washed'";
    const known = [...(await programMigrations()), { name: "9001-rind.sql", sql, checksum: "0".repeat(64) }];
    await place.restore(target.pool, targetDisk.store, { known });
    expect((await migrate(target.pool, known)).applied).toEqual(["9001-rind.sql"]);
    const { rows } = await target.pool.query("select rind from projects where normalized_name = 'brie'");
    expect(rows).toEqual([{ rind: "washed" }]);
  });

  test("is refused by a release that lacks one of its migrations, or has another one of that name", async () => {
    const { manifest } = await place.backUp(source.pool, disk.store);
    const [first = { name: "", checksum: "" }] = manifest.migrations;
    const restore = (known: Parameters<typeof migrate>[1]) => place.restore(target.pool, targetDisk.store, { known });
    await expect(restore([])).rejects.toThrow(/0\.1\.0 with 0001-.*which this release does not know.* or a newer one/);
    await expect(restore([{ ...first, sql: "", checksum: "other" }])).rejects.toThrow(BackupUnusable);
    expect(await listRelations(target.pool)).toEqual([]);
  });
});

describe("a backup folder", () => {
  test("gets only what it lacks, the second time", async () => {
    const first = await place.backUp(source.pool, disk.store);
    expect(first.copied).toEqual({ count: first.manifest.blobs.count, bytes: first.manifest.blobs.bytes });
    expect(first.copied.count).toBeGreaterThan(0);
    expect((await place.backUp(source.pool, disk.store)).copied).toEqual({ count: 0, bytes: 0 });
    await publisher.publish("roquefort", "1.0");
    expect((await place.backUp(source.pool, disk.store)).copied.count).toBe(2);
    expect(await place.folder.list()).toHaveLength(3);
  });

  test("copies a file anew whose copy was cut short", async () => {
    const { manifest } = await place.backUp(source.pool, disk.store);
    expect(manifest.blobs.count).toBeGreaterThan(1);
    const [blob] = await Array.fromAsync(place.backupStore.list());
    if (blob) await overwrite(place.backupStore.path(blob.blake2b), "cut");
    expect((await place.backUp(source.pool, disk.store)).copied).toEqual({ count: 1, bytes: blob?.size });
    await place.restore(target.pool, targetDisk.store);
  });

  test("keeps the newest, and only the files that those name", async () => {
    const other = await temporaryDatabase();
    try {
      const user = await makeUser(other.db);
      const { publish } = createPublisher(other.db, disk.store, await makeIndex(other.db, "cellar"), user);
      await publish("limburger", "1.0");
      await place.backUp(other.pool, disk.store);
    } finally {
      await other.drop();
    }
    await place.backUp(source.pool, disk.store);
    const newest = await place.backUp(source.pool, disk.store);
    expect(await prune(place.folder, place.backupStore, 2)).toEqual({ snapshots: 1, blobs: 2 });
    expect(await prune(place.folder, place.backupStore, 1)).toEqual({ snapshots: 1, blobs: 0 });
    expect(await place.folder.list()).toEqual([newest.snapshot]);
    await place.restore(target.pool, targetDisk.store);
  });

  test("is never shared with anything else", async () => {
    const { makeBackupFolder } = await import("./backup-folder.ts");
    await mkdir(join(place.scratch, "home", "photos"), { recursive: true });
    await expect(makeBackupFolder(join(place.scratch, "home"))).rejects.toThrow("is not empty and holds no backups");
  });

  test("never shows a backup that is being made or was interrupted, and is cleaned by the next one", async () => {
    await place.folder.begin("2026-05-31T03-00-00.000Z");
    expect(await place.folder.list()).toEqual([]);
    await expect(place.restore(target.pool, targetDisk.store)).rejects.toThrow("holds no whole backup");
    let opened = 0;
    const failing = {
      ...disk.store,
      open: (blake2b: string) =>
        ++opened > 3 ? Promise.reject(new Error("the disk went away")) : disk.store.open(blake2b),
    };
    await expect(place.backUp(source.pool, failing)).rejects.toThrow("the disk went away");
    expect(await readdir(join(place.folder.path, "snapshots"))).toEqual([]);
    const { copied, manifest } = await place.backUp(source.pool, disk.store);
    expect(copied.count).toBe(manifest.blobs.count - 3);
  });

  test("takes one backup of a database at a time", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const slow = {
      ...disk.store,
      async open(blake2b: string) {
        reach();
        await held;
        return disk.store.open(blake2b);
      },
    };
    const first = place.backUp(source.pool, slow);
    await reached;
    await expect(place.backUp(source.pool, disk.store)).rejects.toThrow("Another backup of this server is being made");
    release();
    await first;
  });
});

test("what mirrors know comes back, and their bytes do not, unless somebody uploaded them too", async () => {
  const mirror = await makeMirror(source.db, "up");
  const fetched = await mirrorFile(source.db, mirror, { filename: "gouda-1.0.tar.gz", project: "gouda" });
  const shared = await mirrorFile(source.db, mirror, { filename: "brie-1.0.tar.gz", project: "brie" });
  const bytes = await disk.store.putBytes(Buffer.from("only the upstream's"));
  const sibling = await disk.store.putBytes(Buffer.from("metadata of it"));
  const uploaded = (await readProjectPage(source.db, (await getIndex(source.db)).id, "brie"))?.files[0];
  if (uploaded === undefined) throw new Error("brie has no file");
  await source.db.transaction().execute(async (trx) => {
    await insertBlob(trx, disk.store, bytes);
    await insertBlob(trx, disk.store, sibling);
    const at = Temporal.Instant.from("2026-09-01T10:00:00Z");
    await setKept(trx, mirror, fetched, { ...bytes, at });
    await setMetadataKept(trx, mirror, fetched, sibling.blake2b);
    await setKept(trx, mirror, shared, { ...uploaded, at });
  });
  const before = await source.pool.query("select count(*)::int as count from blobs where state = 'stored'");
  const { manifest } = await place.backUp(source.pool, disk.store);
  expect(manifest.blobs).toMatchObject({ count: before.rows[0]?.count - 2, leftOut: 0 });
  await place.restore(target.pool, targetDisk.store);
  const [gouda] = await findPromisedFiles(target.db, [mirror.id], fetched);
  const [brie] = await findPromisedFiles(target.db, [mirror.id], shared);
  expect(gouda).toMatchObject({ blob: null, metadataBlob: null, sha256: bytes.sha256, size: bytes.size });
  expect(gouda?.firstSeenAt).toEqual(Temporal.Instant.from("2026-09-01T10:00:00Z"));
  expect(brie).toMatchObject({ blob: { blake2b: uploaded.blake2b } });
  expect(await targetDisk.store.stat(bytes.blake2b)).toBeUndefined();
  await source.pool.query("delete from upstream_projects");
});
