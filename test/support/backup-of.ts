// Everything a test of backups needs: a catalogue with files, a folder to back up to, and somewhere to restore.
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BackupFolder, makeBackupFolder, openBackupStore } from "../../src/cli/backup/backup-folder.ts";
import { makeBackup } from "../../src/cli/backup/make-backup.ts";
import { listRelations } from "../../src/cli/backup/queries.ts";
import { checkBackup, restoreBackup } from "../../src/cli/backup/restore-backup.ts";
import { createDigestPool } from "../../src/platform/crypto/digest-pool.ts";
import { type Migration, readMigrations } from "../../src/platform/db/migrate.ts";
import type { Pool } from "../../src/platform/db/pool.ts";
import type { BlobStore } from "../../src/platform/storage/blob-store.ts";
import type { DiskStore } from "../../src/platform/storage/disk-store.ts";
import { temporaryDatabase } from "./database.ts";
import { emptyDatabase } from "./empty-database.ts";
import { getIndex, makeUser } from "./factories.ts";
import { quietLog } from "./log.ts";
import { createPublisher } from "./real-publication.ts";
import { temporaryStore } from "./stored-files.ts";

export const startNoProgress = () => ({ advance() {}, skip() {}, end() {} });
export const programMigrations = () => readMigrations(join(import.meta.dirname, "../../migrations"));

export interface BackupPlace {
  readonly folder: BackupFolder;
  readonly backupStore: DiskStore;
  /** A folder for keys and other things. */
  readonly scratch: string;
  /** Backups get names a second apart. */
  backUp(
    pool: Pick<Pool, "connect">,
    store: BlobStore,
    options?: { withSecrets?: boolean; keyFolder?: string },
  ): ReturnType<typeof makeBackup>;
  restore(
    pool: Pool,
    store: BlobStore,
    options?: { snapshot?: string; known?: readonly Migration[]; keyFolder?: string; givenKey?: string },
  ): ReturnType<typeof restoreBackup>;
  remove(): Promise<void>;
}

export async function backupPlace(): Promise<BackupPlace> {
  const scratch = await mkdtemp(join(tmpdir(), "cheeseshop-backup-"));
  const folder = await makeBackupFolder(join(scratch, "backup"));
  const backupStore = await openBackupStore(folder.path, quietLog);
  const digests = createDigestPool(1);
  let now = Temporal.Instant.from("2026-06-01T03:00:00Z");
  return {
    folder,
    backupStore,
    scratch,
    backUp(pool, store, { withSecrets = true, keyFolder = join(scratch, "no-key") } = {}) {
      now = now.add({ seconds: 1 });
      const clock = { now: () => now };
      const key = { given: undefined, folder: keyFolder };
      const program = "0.1.0";
      return makeBackup({
        pool,
        store,
        folder,
        backupStore,
        key,
        withSecrets,
        program,
        clock,
        startProgress: startNoProgress,
      });
    },
    async restore(pool, store, { snapshot, known, keyFolder, givenKey } = {}) {
      const backup = await checkBackup(folder, backupStore, known ?? (await programMigrations()), snapshot);
      const key = { given: givenKey, folder: keyFolder ?? join(scratch, `secrets-${randomBytes(4).toString("hex")}`) };
      return restoreBackup({ backup, backupStore, pool, store, digests, key, startProgress: startNoProgress });
    },
    async remove() {
      await Promise.all([backupStore.close(), digests.close()]);
      await rm(scratch, { recursive: true });
    },
  };
}

export const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

/** A catalogue with two projects and their files, something to back it up to, and an empty target that is made anew when it was used. */
export async function backupScene() {
  const source = await temporaryDatabase();
  const disk = await temporaryStore();
  const publisher = createPublisher(source.db, disk.store, await getIndex(source.db), await makeUser(source.db, "ada"));
  for (const version of ["1.0", "1.1", "2.0rc1"]) await publisher.publish("brie", version);
  await publisher.publish("Camembert.de", "3.0");
  await publisher.changes.yank(publisher.target("brie"), "1.1", 'tabs\tand \\ and "quotes"');
  await source.pool.query("insert into jobs (kind, payload) values ('test', '{}')");
  let target = await emptyDatabase(source.connection);

  return {
    source,
    disk,
    publisher,
    /** For one test; `end` after it. */
    async setUp() {
      if ((await listRelations(target.pool)).length > 0) {
        await target.drop();
        target = await emptyDatabase(source.connection);
      }
      const place = await backupPlace();
      const targetDisk = await temporaryStore();
      return {
        place,
        target,
        targetDisk,
        async end() {
          await targetDisk.remove();
          await place.remove();
        },
      };
    },
    async remove() {
      await target.drop();
      await disk.remove();
      await source.drop();
    },
  };
}

export type BackupScene = Awaited<ReturnType<typeof backupScene>>;
export type BackupSetting = Awaited<ReturnType<BackupScene["setUp"]>>;

/** Changes a file that was kept for reading only. */
export async function overwrite(path: string, bytes: string | Buffer): Promise<void> {
  await chmod(path, 0o644);
  await writeFile(path, bytes);
}
