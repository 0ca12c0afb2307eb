import type pg from "pg";
import { type Migration, migrateWithin } from "../../platform/db/migrate.ts";
import type { Pool } from "../../platform/db/pool.ts";
import { copyIn } from "./copy-tables.ts";
import { BackupUnusable, TargetNotEmpty } from "./errors.ts";
import type { Manifest, TableFile } from "./manifest.ts";
import { layBare, listRelations, listTables, renewCatalogue, setSequence, settle } from "./queries.ts";

/**
 * The backup's migrations as this program has them. Throws BackupUnusable when it lacks one, or has another file of that name.
 */
export function chooseMigrations(manifest: Manifest, known: readonly Migration[]): readonly Migration[] {
  return manifest.migrations.map(({ name, checksum }) => {
    const migration = known.find((candidate) => candidate.name === name);
    if (migration?.checksum === checksum) return migration;
    const why = migration ? `another ${name}` : `${name}, which this release does not know`;
    throw new BackupUnusable(
      `The backup was made by Cheeseshop ${manifest.program} with ${why}: restore it with that release or a newer one`,
    );
  });
}

/** Throws TargetNotEmpty. */
export async function refuseFullDatabase(client: pg.ClientBase | Pool): Promise<void> {
  const found = await listRelations(client);
  if (found.length === 0) return;
  throw new TargetNotEmpty(
    `The database is not empty (it has ${found.join(", ")} …): restore into one that was just made, or into an empty data folder`,
  );
}

/**
 * Makes the schema as it was and brings all rows back, in one transaction: afterwards everything is there, or the
 * database is as empty as before. Needs the rights of the database's owner, no more. Throws TargetNotEmpty, BackupUnusable.
 */
export async function restoreRows(
  pool: Pool,
  path: string,
  manifest: Manifest,
  migrations: readonly Migration[],
  onTable: (table: TableFile) => void,
): Promise<void> {
  const client = await pool.connect();
  try {
    await settle(client);
    await client.query("begin");
    await refuseFullDatabase(client);
    await migrateWithin(client, migrations);
    const tables = await listTables(client);
    compareTables(manifest, tables);
    const back = await layBare(client, tables);
    for (const table of manifest.tables) {
      await copyIn(client, table, path);
      onTable(table);
    }
    for (const sequence of manifest.sequences) await setSequence(client, sequence);
    await renewCatalogue(client);
    for (const statement of back) await client.query(statement);
    await client.query("commit");
    await client.query("analyze");
  } finally {
    client.release(true);
  }
}

/** The same migrations make the same tables: anything else was made by hand, in either place. */
function compareTables(
  manifest: Manifest,
  tables: readonly { readonly name: string; readonly columns: readonly string[] }[],
) {
  const shape = (all: typeof tables) => all.map(({ name, columns }) => `${name} (${[...columns].sort().join(", ")})`);
  const [theirs, ours] = [shape(manifest.tables), shape(tables)];
  const odd = theirs.find((table) => !ours.includes(table)) ?? ours.find((table) => !theirs.includes(table));
  if (odd !== undefined) {
    throw new BackupUnusable(`The table ${odd} is not the same in the backup and in what its migrations make`);
  }
}
