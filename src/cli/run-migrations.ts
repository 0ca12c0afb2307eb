import { type MigrationOutcome, migrate, readMigrations } from "../platform/db/migrate.ts";
import type { Pool } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { migrationsFolder } from "./package-root.ts";

/** Brings a database to what this program needs, a log line for each step. Throws MigrationFailed. */
export async function runMigrations(pool: Pool, log: Log): Promise<MigrationOutcome> {
  const outcome = await migrate(pool, await readMigrations(migrationsFolder()), (name, elapsed) =>
    log.info(
      { migration: name, milliseconds: elapsed.milliseconds },
      `applied ${name} in ${elapsed.total("seconds")} s`,
    ),
  );
  if (outcome.newer.length > 0) {
    log.warn({ newer: outcome.newer }, `a newer release has used this database: it knows ${outcome.newer.join(", ")}`);
  }
  return outcome;
}
