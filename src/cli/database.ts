import { mask } from "../platform/config/mistakes.ts";
import type { Config } from "../platform/config/resolve.ts";
import type { Connection, Pool } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { CommandFailed } from "./terminal.ts";

/**
 * A pool on a command's database: one's own (`--database-url`), the one of the server that runs on this data folder, or
 * the embedded one, started for as long as `use` takes and brought up to date. Throws CannotStartDatabase, MigrationFailed.
 */
export async function withDatabase<Result>(
  { config, log, purpose }: { readonly config: Config; readonly log: Log; readonly purpose: string },
  use: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  if (config.databaseUrl !== undefined) return withPool(config.databaseUrl, use);
  const { borrowEmbeddedPostgres } = await import("../platform/db/embedded/index.ts");
  const borrowed = await borrowEmbeddedPostgres({ dataDir: config.data, log, purpose, isBrief: true });
  try {
    return await withPool(borrowed.connection, async (pool) => {
      const { runMigrations } = await import("./run-migrations.ts");
      await runMigrations(pool, log);
      return use(pool);
    });
  } finally {
    await borrowed.release();
  }
}

/** A pool for as long as `use` takes. Throws CommandFailed when one's own database cannot be reached. */
export async function withPool<Result>(connection: Connection, use: (pool: Pool) => Promise<Result>): Promise<Result> {
  const { createPool } = await import("../platform/db/pool.ts");
  const pool = createPool(connection, { max: 2 });
  try {
    if (typeof connection === "string") await greet(pool, connection);
    return await use(pool);
  } finally {
    await pool.end();
  }
}

async function greet(pool: Pool, url: string): Promise<void> {
  try {
    await pool.query("select 1");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message || ("code" in cause ? cause.code : "no reason given") : cause;
    throw new CommandFailed(
      `The database at ${mask("database-url", url)} cannot be used (${reason}): see --database-url`,
      {
        cause,
      },
    );
  }
}
