// The folder that backups are kept in:
//   snapshots/{time}/      manifest.json, {table}.copy …, secret-key; whole as soon as it has this name
//   snapshots/.new-…       one that is being made, or that was interrupted; .old-… one that is being removed
//   blobs/{aa}/{bb}/{rest} files, once for all snapshots;  tmp/, conflicts/ as in any store of files
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../platform/log/log.ts";
import { type DiskOperations, nodeDisk } from "../../platform/storage/disk-operations.ts";
import { createDiskStore, type DiskStore } from "../../platform/storage/disk-store.ts";
import { errorCode } from "../../platform/storage/errors.ts";
import { syncFolder } from "./durable.ts";
import { BackupUnusable } from "./errors.ts";

const SNAPSHOTS = "snapshots";
const NEW = ".new-";
const OLD = ".old-";
export const SECRET_KEY = "secret-key";

export interface BackupFolder {
  readonly path: string;
  /** Names of whole snapshots, oldest first. */
  list(): Promise<readonly string[]>;
  pathOf(snapshot: string): string;
  /** Makes the folder of a snapshot that nobody takes for one yet, and removes what interrupted runs left. */
  begin(snapshot: string): Promise<Draft>;
  remove(snapshot: string): Promise<void>;
}

export interface Draft {
  readonly path: string;
  /** To be called when everything in it is on disk. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** A new or empty folder, or one with backups. Throws BackupUnusable for one with something else in it. */
export async function makeBackupFolder(path: string): Promise<BackupFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const names = await readdir(path);
  if (names.length > 0 && !names.includes(SNAPSHOTS)) {
    throw new BackupUnusable(`${path} is not empty and holds no backups: give a folder of its own`);
  }
  // Also where the folder itself may be read by others: the files of a private index are in it.
  for (const name of [SNAPSHOTS, "blobs", "tmp", "conflicts"]) {
    await mkdir(join(path, name), { recursive: true, mode: 0o700 });
  }
  await syncFolder(path);
  return describeFolder(path);
}

/** A folder that backups were made in. Throws BackupUnusable. */
export async function findBackupFolder(path: string): Promise<BackupFolder> {
  const folder = describeFolder(path);
  try {
    await folder.list();
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && errorCode(error) !== "ENOTDIR") throw error;
    throw new BackupUnusable(`${path} holds no backup: there is no folder ${SNAPSHOTS} in it`);
  }
  return folder;
}

function describeFolder(path: string): BackupFolder {
  const snapshots = join(path, SNAPSHOTS);
  return {
    path,
    async list() {
      return (await readdir(snapshots)).filter((name) => !name.startsWith(".")).sort();
    },
    pathOf: (snapshot) => join(snapshots, snapshot),
    async begin(snapshot) {
      for (const name of await readdir(snapshots)) {
        if (name.startsWith(NEW) || name.startsWith(OLD)) await rm(join(snapshots, name), { recursive: true });
      }
      const draft = join(snapshots, NEW + snapshot);
      await mkdir(draft, { mode: 0o700 });
      return {
        path: draft,
        async publish() {
          await syncFolder(draft);
          await rename(draft, join(snapshots, snapshot));
          await syncFolder(snapshots);
        },
        discard: () => rm(draft, { recursive: true, force: true }),
      };
    },
    async remove(snapshot) {
      const doomed = join(snapshots, OLD + snapshot);
      await rename(join(snapshots, snapshot), doomed);
      await syncFolder(snapshots);
      await rm(doomed, { recursive: true });
    },
  };
}

/** The store of a backup's files, which fills its disk if it must. To be closed. */
export function openBackupStore(path: string, log: Log): Promise<DiskStore> {
  return createDiskStore(path, { log, minFree: 0, disk: backupDisk });
}

const CANNOT_LINK = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** A backup's disk may know no hard links (exFAT, many network shares). Only one program writes there, so moving does as well. */
const backupDisk: DiskOperations = {
  ...nodeDisk,
  async link(existing, created) {
    try {
      await nodeDisk.link(existing, created);
    } catch (error) {
      if (!CANNOT_LINK.has(errorCode(error) ?? "")) throw error;
      await nodeDisk.rename(existing, created);
    }
  },
};
