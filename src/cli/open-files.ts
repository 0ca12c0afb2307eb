import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../platform/config/resolve.ts";
import { findHome } from "../platform/db/embedded/home.ts";
import type { Pool } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { createDiskStore, type DiskStore } from "../platform/storage/disk-store.ts";
import { CommandFailed } from "./terminal.ts";

/** Throws CommandFailed where a command about what is there would make a new, empty catalogue to look at. */
export async function requireCatalogue({ databaseUrl, data }: Pick<Config, "databaseUrl" | "data">): Promise<void> {
  if (databaseUrl !== undefined || (await findHome(data))) return;
  throw new CommandFailed(`There is no Cheeseshop in ${data}: say where it is with --data, or --database-url`);
}

/**
 * The server's files, for as long as `use` takes. Throws CommandFailed when rows know files and their folder is not
 * there: a disk that is not mounted must not look like one that has lost everything.
 */
export async function withFiles<Result>(
  { files }: Pick<Config, "files">,
  log: Log,
  pool: Pool,
  use: (store: DiskStore) => Promise<Result>,
): Promise<Result> {
  const blobs = join(files, "blobs");
  const { rows } = await pool.query("select from blobs where state = 'stored' limit 1");
  if (rows.length > 0 && !(await isFolder(blobs))) {
    throw new CommandFailed(
      `The files should be in ${blobs}, and there is no such folder: is its disk mounted? See --files`,
    );
  }
  const store = await createDiskStore(files, { log, minFree: 0 });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
