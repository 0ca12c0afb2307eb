import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Config } from "../platform/config/resolve.ts";
import type { Pool } from "../platform/db/pool.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import type { Log } from "../platform/log/log.ts";
import type { KeyAfterRestore } from "./backup/secret-key.ts";
import { withPool } from "./database.ts";
import { migrationsFolder } from "./package-root.ts";
import { takeSettings } from "./setting-flags.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLE = `
Example: cheeseshop restore /mnt/backup/cheeseshop --data /srv/index
The data folder, or the database given by --database-url, must be empty. One that was interrupted can be repeated.`;

/** `cheeseshop restore DIR`: a backup into an empty data folder or database. */
export function addRestore(program: Command, terminal: Terminal): void {
  const command = program
    .command("restore")
    .description("bring a backup into an empty data folder or database")
    .argument("<dir>", "the folder that backups are kept in")
    .option("--snapshot <name>", "which one, as its folder in snapshots/ is called (the newest)")
    .addHelpText("after", EXAMPLE);
  const load = takeSettings(command, "common", terminal);
  command.action(async (dir: string, flags: { readonly snapshot?: string }) => {
    const { config } = load("other");
    const log = createProcessLog("warn");
    const { readMigrations } = await import("../platform/db/migrate.ts");
    const { createDigestPool } = await import("../platform/crypto/digest-pool.ts");
    const { createDiskStore } = await import("../platform/storage/disk-store.ts");
    const { findBackupFolder, openBackupStore } = await import("./backup/backup-folder.ts");
    const { checkBackup, restoreBackup } = await import("./backup/restore-backup.ts");
    const { runMigrations } = await import("./run-migrations.ts");
    const { countOf, formatBytes } = await import("../web/index.ts");
    const { progressOn } = await import("./progress-on.ts");

    const folder = await findBackupFolder(resolve(terminal.cwd, dir));
    const backupStore = await openBackupStore(folder.path, log);
    const digests = createDigestPool();
    try {
      const backup = await checkBackup(folder, backupStore, await readMigrations(migrationsFolder()), flags.snapshot);
      const outcome = await withEmptyDatabase(config, log, async (pool) => {
        const store = await createDiskStore(config.files, { log, minFree: config.minFree, digests });
        await store.sweepTemporary();
        const key = { given: config.secretKey, folder: join(config.data, "secrets") };
        const startProgress = progressOn(terminal);
        const keyOutcome = await restoreBackup({ backup, backupStore, pool, store, digests, key, startProgress });
        // What this release has changed since.
        await runMigrations(pool, log);
        return keyOutcome;
      });
      const { takenAt, tables, blobs } = backup.manifest;
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      terminal.print(
        `Restored the backup of ${takenAt}: ${countOf(rows, "row")}, ${countOf(blobs.count, "file")} (${formatBytes(blobs.bytes)}).\n${describeKey(outcome)}`,
      );
    } finally {
      await backupStore.close();
      await digests.close();
    }
  });
}

/** What a data folder may hold beside an interrupted restore's work: only its database can say that it is empty. */
const HARMLESS = new Set(["postgres", "postgres-location", "secrets", "logs", "run", "files", "cheeseshop.toml"]);

/** A pool on the database to restore into. No server may run on it, and none can start meanwhile. Throws CannotStartDatabase, TargetNotEmpty. */
async function withEmptyDatabase<Result>(
  { databaseUrl, data }: Config,
  log: Log,
  use: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  if (databaseUrl !== undefined) return withPool(databaseUrl, use);
  const { TargetNotEmpty } = await import("./backup/errors.ts");
  const names = await readdir(data).catch(() => []);
  const other = names.find((name) => !HARMLESS.has(name));
  if (other !== undefined) {
    throw new TargetNotEmpty(`${data} is not empty (it has ${other}): give a new or empty folder with --data`);
  }
  const { startEmbeddedPostgres } = await import("../platform/db/embedded/index.ts");
  const embedded = await startEmbeddedPostgres({ dataDir: data, log, purpose: "restore" });
  try {
    return await withPool(embedded.connection, use);
  } finally {
    await embedded.stop();
  }
}

function describeKey(outcome: KeyAfterRestore): string {
  switch (outcome) {
    case "same":
      return "Tokens and sessions work as before.\n";
    case "another":
      return "The key that tokens are derived from is not the backup's: no token and no session of before works. Make new ones with cheeseshop token create.\n";
    case "none was in use":
      return "";
  }
}
