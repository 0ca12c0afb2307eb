import { verifyBlob } from "../../files/index.ts";
import type { DigestPool } from "../../platform/crypto/digest-pool.ts";
import type { Migration } from "../../platform/db/migrate.ts";
import type { Pool } from "../../platform/db/pool.ts";
import type { BlobStore } from "../../platform/storage/blob-store.ts";
import { inParallel } from "../in-parallel.ts";
import type { BackupFolder } from "./backup-folder.ts";
import { readBlobList } from "./blob-list.ts";
import { COPIES_AT_ONCE, copyBlob } from "./copy-blob.ts";
import { checkTableFile } from "./copy-tables.ts";
import { BackupUnusable } from "./errors.ts";
import type { StartProgress } from "./make-backup.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { chooseMigrations, refuseFullDatabase, restoreRows } from "./restore-rows.ts";
import { type KeyAfterRestore, type KeyPlace, refuseOtherKey, restoreKey } from "./secret-key.ts";

/** A snapshot that was looked at: its rows are those that were written, and every file is there by size. */
export interface CheckedBackup {
  readonly path: string;
  readonly manifest: Manifest;
  /** Those of this program that its schema was made by. */
  readonly migrations: readonly Migration[];
}

/** Looks at a whole backup before anything is written anywhere: the newest of the folder unless named. Throws BackupUnusable. */
export async function checkBackup(
  folder: BackupFolder,
  backupStore: BlobStore,
  known: readonly Migration[],
  wanted?: string,
): Promise<CheckedBackup> {
  const snapshots = await folder.list();
  const snapshot = wanted ?? snapshots.at(-1);
  if (snapshot === undefined) throw new BackupUnusable(`${folder.path} holds no whole backup`);
  if (!snapshots.includes(snapshot)) {
    throw new BackupUnusable(`${folder.path} has no backup ${snapshot}; there are ${snapshots.join(", ")}`);
  }
  const path = folder.pathOf(snapshot);
  const manifest = await readManifest(path);
  const migrations = chooseMigrations(manifest, known);
  for (const table of manifest.tables) await checkTableFile(path, table);
  const bad: string[] = [];
  await inParallel(readBlobList(path, manifest.tables), COPIES_AT_ONCE, async ({ blake2b, size }) => {
    if ((await backupStore.stat(blake2b))?.size !== size) bad.push(blake2b);
  });
  if (bad.length > 0) throw brokenFiles(folder.path, bad);
  return { path, manifest, migrations };
}

export interface RestoreOptions {
  readonly backup: CheckedBackup;
  readonly backupStore: BlobStore;
  readonly pool: Pool;
  readonly store: BlobStore;
  readonly digests: DigestPool;
  readonly key: KeyPlace;
  readonly startProgress: StartProgress;
}

/**
 * Brings a backup into an empty database and a store of files. Rows come last and all at once, so one that was
 * interrupted has left files that nobody knows, and can be repeated. Throws TargetNotEmpty, BackupUnusable.
 */
export async function restoreBackup(options: RestoreOptions): Promise<KeyAfterRestore> {
  const { backup, pool, key, startProgress } = options;
  const { path, manifest, migrations } = backup;
  await refuseFullDatabase(pool);
  await refuseOtherKey(key, path);
  await restoreFiles(options);
  const outcome = await restoreKey(key, path, manifest);
  const progress = startProgress("restoring rows", { things: manifest.tables.length, bytes: totalBytes(manifest) });
  try {
    await restoreRows(pool, path, manifest, migrations, ({ bytes }) => progress.advance(bytes, 1));
  } finally {
    progress.end();
  }
  return outcome;
}

async function restoreFiles({ backup, backupStore, store, digests, startProgress }: RestoreOptions): Promise<void> {
  const { path, manifest } = backup;
  const progress = startProgress("copying files", { things: manifest.blobs.count, bytes: manifest.blobs.bytes });
  const bad: string[] = [];
  await inParallel(readBlobList(path, manifest.tables), COPIES_AT_ONCE, async (blob) => {
    // Of an earlier attempt, or of whoever gave a folder with files: trusted only after a look.
    if (await store.stat(blob.blake2b)) {
      if ((await verifyBlob(store, digests, blob)) === "sound") return progress.advance(blob.size, 1);
      await store.setAside(blob.blake2b);
    }
    const outcome = await copyBlob(backupStore, store, blob, (length) => progress.advance(length));
    if (outcome === "copied") progress.advance(0, 1);
    else bad.push(blob.blake2b);
  }).finally(() => progress.end());
  if (bad.length > 0) throw brokenFiles("The backup", bad);
}

const totalBytes = ({ tables }: Manifest) => tables.reduce((sum, { bytes }) => sum + bytes, 0);

function brokenFiles(where: string, bad: readonly string[]): BackupUnusable {
  const which = bad
    .slice(0, 20)
    .map((blake2b) => `  blobs/${blake2b.slice(0, 2)}/${blake2b.slice(2, 4)}/${blake2b.slice(4)}\n`);
  return new BackupUnusable(
    `${where} has ${bad.length} files that are missing or not what they were:\n${which.join("")}Nothing was restored.`,
  );
}
