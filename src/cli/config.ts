import type { Command } from "commander";
import type { Stored } from "../platform/config/load.ts";
import type { Config } from "../platform/config/resolve.ts";
import { takeSettings } from "./setting-flags.ts";
import { layOutRows } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop config`: every setting, its value, and where that came from. Secrets are masked. */
export function addConfig(program: Command, terminal: Terminal): void {
  const command = program.command("config").description("print every setting and where its value came from");
  const load = takeSettings(command, "all", terminal);
  command.action(async () => {
    const loaded = load("other");
    const stored = await findStored(loaded.config);
    const { entries, warnings } = stored ? loaded.withStored(stored) : loaded;
    terminal.print(layOutRows(entries.map(({ name, shown, origin }) => [name, shown ?? "-", origin])));
    if (!stored) terminal.complain("The database does not run; what cheeseshop set keeps there is not shown.\n");
    for (const warning of warnings) terminal.complain(`${warning}\n`);
  });
}

/** What the database keeps; undefined when it does not run. Looking at settings starts nothing. */
export async function findStored(config: Config): Promise<Stored | undefined> {
  const { connectToRunningEmbedded } = await import("../platform/db/embedded/index.ts");
  const connection = config.databaseUrl ?? (await connectToRunningEmbedded(config.data));
  if (connection === undefined) return undefined;
  const { readStoredSettings } = await import("./stored-settings.ts");
  const { withPool } = await import("./database.ts");
  return withPool(connection, readStoredSettings);
}
