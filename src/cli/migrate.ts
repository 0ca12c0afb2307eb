import type { Command } from "commander";
import { createProcessLog } from "../platform/log/create-log.ts";
import { withDatabase } from "./database.ts";
import { takeSettings } from "./setting-flags.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop migrate`: brings the database to what this release needs, as `serve` does at its start. */
export function addMigrate(program: Command, terminal: Terminal): void {
  const command = program.command("migrate").description("bring the database to what this release needs");
  const load = takeSettings(command, "common", terminal);
  command.action(async () => {
    const { config } = load("other");
    const log = createProcessLog(config.logLevel);
    const { runMigrations } = await import("./run-migrations.ts");
    await withDatabase({ config, log, purpose: "migrate" }, (pool) => runMigrations(pool, log));
    terminal.print("The database is up to date.\n");
  });
}
