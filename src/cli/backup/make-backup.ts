import type pg from "pg";
import type { Clock } from "../../platform/clock/clock.ts";
import type { Measured } from "../../platform/crypto/digest.ts";
import { holdSchema, listMigrations } from "../../platform/db/migrate.ts";
import type { Pool } from "../../platform/db/pool.ts";
import type { BlobStore } from "../../platform/storage/blob-store.ts";
import { InsufficientStorage } from "../../platform/storage/errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { Progress } from "../progress.ts";
import type { BackupFolder } from "./backup-folder.ts";
import { readBlobList } from "./blob-list.ts";
import { COPIES_AT_ONCE, copyBlob } from "./copy-blob.ts";
import { copyOut } from "./copy-tables.ts";
import { BackupFailed } from "./errors.ts";
import { FORMAT, type Manifest, type TableFile, writeManifest } from "./manifest.ts";
import { claimBackup, listNamesOf, listTables, readFacts, readSequences, settle } from "./queries.ts";
import { type KeyInBackup, type KeyPlace, saveKey } from "./secret-key.ts";

export interface BackupOptions {
  readonly pool: Pick<Pool, "connect">;
  /** Where files are. */
  readonly store: BlobStore;
  readonly folder: BackupFolder;
  /** Of the folder: where they go. */
  readonly backupStore: BlobStore;
  readonly key: KeyPlace;
  readonly withSecrets: boolean;
  readonly program: string;
  readonly clock: Clock;
  readonly startProgress: StartProgress;
}

export type StartProgress = (title: string, total: { readonly things: number; readonly bytes: number }) => Progress;

export interface Backup {
  /** Its name in the folder. */
  readonly snapshot: string;
  readonly manifest: Manifest;
  readonly key: KeyInBackup;
  /** Files, apart from those that the folder had already. */
  readonly copied: { readonly count: number; readonly bytes: number };
}

/**
 * Writes down everything as it is at one moment, while a server goes on changing it. Rows are read in one snapshot;
 * files are copied after it, since a file that was uploaded never changes and is never removed. Throws BackupFailed; the
 * files that were copied until then stay, and the next run need not copy them again.
 */
export async function makeBackup(options: BackupOptions): Promise<Backup> {
  const { pool, folder, clock } = options;
  const client = await pool.connect();
  try {
    await settle(client);
    if (!(await claimBackup(client)))
      throw new BackupFailed("Another backup of this server is being made: wait for it");
    const takenAt = clock.now().round("millisecond");
    const snapshot = takenAt.toString({ smallestUnit: "millisecond" }).replaceAll(":", "-");
    const draft = await folder.begin(snapshot);
    try {
      const { manifest, key } = await takeRows(client, draft.path, takenAt, options);
      const copied = await copyFiles(client, draft.path, manifest, options);
      await writeManifest(draft.path, manifest);
      await draft.publish();
      return { snapshot, manifest, key, copied };
    } catch (error) {
      await draft.discard();
      throw error instanceof InsufficientStorage
        ? new BackupFailed(`The disk of ${folder.path} is full or failing; earlier backups there are whole`, {
            cause: error,
          })
        : error;
    }
  } finally {
    // Its locks and settings end with the connection.
    client.release(true);
  }
}

async function takeRows(
  client: pg.PoolClient,
  path: string,
  takenAt: Temporal.Instant,
  { key: place, withSecrets, program }: BackupOptions,
): Promise<{ readonly manifest: Manifest; readonly key: KeyInBackup }> {
  // Before the snapshot: a migration that commits after it could rewrite tables under it.
  const releaseSchema = await holdSchema(client);
  await client.query("begin isolation level repeatable read read only");
  const all = await listTables(client);
  const { catalogue, postgres, ...blobs } = await readFacts(client, all);
  const tables: TableFile[] = [];
  for (const table of all) tables.push(await copyOut(client, table, all, path));
  const sequences = [...(await readSequences(client))];
  const migrations = [...(await listMigrations(client))];
  await client.query("commit");
  await releaseSchema();
  const { where, fingerprint } = await saveKey(place, path, withSecrets, catalogue);
  const manifest: Manifest = {
    format: FORMAT,
    program,
    postgres,
    takenAt: takenAt.toString(),
    catalogue,
    keyFingerprint: fingerprint,
    migrations,
    tables,
    sequences,
    blobs,
  };
  return { manifest, key: where };
}

async function copyFiles(
  client: pg.PoolClient,
  path: string,
  { tables, blobs }: Manifest,
  { store, backupStore, startProgress }: BackupOptions,
): Promise<Backup["copied"]> {
  const progress = startProgress("copying files", { things: blobs.count, bytes: blobs.bytes });
  let count = 0;
  let bytes = 0;
  const bad: Measured[] = [];
  await inParallel(readBlobList(path, tables), COPIES_AT_ONCE, async (blob) => {
    const there = await backupStore.stat(blob.blake2b);
    if (there?.size === blob.size) return progress.skip(blob.size);
    if (there) await backupStore.setAside(blob.blake2b);
    const outcome = await copyBlob(store, backupStore, blob, (length) => progress.advance(length));
    if (outcome !== "copied") {
      bad.push(blob);
      return;
    }
    progress.advance(0, 1);
    count += 1;
    bytes += blob.size;
  }).finally(() => progress.end());
  if (bad.length > 0) throw new BackupFailed(await describeBad(client, bad));
  return { count, bytes };
}

async function describeBad(client: pg.PoolClient, bad: readonly Measured[]): Promise<string> {
  const digests = bad.map(({ blake2b }) => blake2b);
  const names = await listNamesOf(client, digests);
  const which = [...names, ...digests.slice(0, 20)].map((name) => `  ${name}\n`).join("");
  return (
    `Files are missing or broken on this server (${bad.length}), so this would not be a whole backup:\n${which}` +
    "cheeseshop fsck --deep looks at every file. fsck --repair writes down which are lost; backups go on without them then."
  );
}
