import { join, resolve } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../platform/clock/clock.ts";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import type { KeyInBackup } from "./backup/secret-key.ts";
import { withDatabase } from "./database.ts";
import { readVersion } from "./package-root.ts";
import { takeSettings } from "./setting-flags.ts";
import type { Terminal } from "./terminal.ts";

interface BackupFlags {
  readonly keep?: string;
  readonly withoutSecrets?: true;
}

const EXAMPLE = `
Example: cheeseshop backup /mnt/backup/cheeseshop --keep 14
The server may go on running. Files that the folder has already are not copied again.`;

/** `cheeseshop backup DIR`: rows and files as they are at one moment. */
export function addBackup(program: Command, terminal: Terminal): void {
  const command = program
    .command("backup")
    .description("copy all rows and files into a folder, also while the server runs")
    .argument("<dir>", "the folder that backups are kept in")
    .option("--keep <n>", "afterwards remove all but the newest n (all are kept)")
    .option("--without-secrets", "leave the key out that tokens are derived from")
    .addHelpText("after", EXAMPLE);
  const load = takeSettings(command, "common", terminal);
  command.action(async (dir: string, flags: BackupFlags) => {
    const { config } = load("other");
    const keep = flags.keep === undefined ? undefined : parseKeep(flags.keep);
    const log = createProcessLog("warn");
    const { requireCatalogue, withFiles } = await import("./open-files.ts");
    const { makeBackupFolder, openBackupStore } = await import("./backup/backup-folder.ts");
    const { makeBackup } = await import("./backup/make-backup.ts");
    const { prune } = await import("./backup/prune.ts");
    const { countOf, formatBytes } = await import("../web/index.ts");
    const { progressOn } = await import("./progress-on.ts");
    await requireCatalogue(config);
    const folder = await makeBackupFolder(resolve(terminal.cwd, dir));
    await withDatabase({ config, log, purpose: "backup" }, (pool) =>
      withFiles(config, log, pool, async (store) => {
        const backupStore = await openBackupStore(folder.path, log);
        try {
          await backupStore.sweepTemporary();
          const { snapshot, manifest, key, copied } = await makeBackup({
            pool,
            store,
            folder,
            backupStore,
            key: { given: config.secretKey, folder: join(config.data, "secrets") },
            withSecrets: flags.withoutSecrets !== true,
            program: readVersion(),
            clock: systemClock,
            startProgress: progressOn(terminal),
          });
          const { count, bytes, leftOut } = manifest.blobs;
          const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
          terminal.print(
            `Backup ${snapshot} in ${folder.path}: ${countOf(rows, "row")}, ${countOf(count, "file")} (${formatBytes(bytes)}); ` +
              `copied ${countOf(copied.count, "file")} (${formatBytes(copied.bytes)}) now.\n${describeKey(key)}`,
          );
          if (leftOut > 0) terminal.print(`Left out: ${countOf(leftOut, "file")} known to be lost or deleted.\n`);
          if (keep === undefined) return;
          const pruned = await prune(folder, backupStore, keep);
          if (pruned.snapshots > 0)
            terminal.print(
              `Removed ${countOf(pruned.snapshots, "older backup")} and ${countOf(pruned.blobs, "file")} that only they had.\n`,
            );
        } finally {
          await backupStore.close();
        }
      }),
    );
  });
}

function describeKey(key: KeyInBackup): string {
  switch (key) {
    case "included":
      return "It holds the key that tokens are derived from (secret-key): whoever reads it can make tokens. Keep it as safe as the server.\n";
    case "left out":
      return "The key that tokens are derived from was left out: without it no token and no session works after a restore.\n";
    case "in a setting":
      return "The key that tokens are derived from is a setting (CHEESESHOP_SECRET_KEY) and not in here: keep it elsewhere.\n";
    case "none yet":
      return "";
  }
}

function parseKeep(text: string): number {
  const keep = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (keep > 0) return keep;
  throw new ConfigurationMistakes([
    { place: "--keep", sentence: `"${text}" is not a number from 1. Example: --keep 14` },
  ]);
}
