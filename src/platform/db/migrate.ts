import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { Problem } from "../errors/problem.ts";
import type { Pool } from "./pool.ts";

export interface Migration {
  /** `0001-people.sql` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
}

export interface MigrationOutcome {
  readonly applied: readonly string[];
  /** Names the database has and this program does not: a newer program has been here. */
  readonly newer: readonly string[];
}

/** The schema cannot be brought to what this program needs. */
export class MigrationFailed extends Problem {
  readonly status = 503;
  readonly code = "migration_failed";
}

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
/** Any constant does, as long as every program on this database uses the same one. */
const LOCK = "7093416180117266";
/** A migration that waits longer for a table would hold up everyone queued behind it. */
const LOCK_TIMEOUT = "5s";
const CREATE_TABLE =
  "create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())";

/** The files `NNNN-title.sql` of a folder, in order. Throws MigrationFailed for a number used twice. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  const twice = names.find((name, index) => names[index - 1]?.slice(0, 4) === name.slice(0, 4));
  if (twice) throw new MigrationFailed(`Two migrations have the number of ${twice}`);
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      return { name, sql: bytes.toString("utf8"), checksum: createHash("sha256").update(bytes).digest("hex") };
    }),
  );
}

/**
 * Applies what is missing, each file in a transaction of its own, forward only. Several programs may call this at
 * once: one works, the others wait for it. Throws MigrationFailed with the file's name; files before it stay applied.
 */
export async function migrate(
  pool: Pool,
  migrations: readonly Migration[],
  onApplied: (name: string, elapsed: Temporal.Duration) => void = () => {},
): Promise<MigrationOutcome> {
  const client = await pool.connect();
  // A failure must not hand a connection with our lock and our settings to the next user: it is closed instead.
  try {
    await client.query("set statement_timeout = 0");
    await client.query("select pg_advisory_lock($1::bigint)", [LOCK]);
    await client.query(CREATE_TABLE);
    const pending = compare(migrations, await listApplied(client));
    for (const migration of pending.missing) {
      const start = performance.now();
      await apply(client, migration);
      onApplied(migration.name, Temporal.Duration.from({ milliseconds: Math.round(performance.now() - start) }));
    }
    return { applied: pending.missing.map((migration) => migration.name), newer: pending.newer };
  } finally {
    client.release(true);
  }
}

/**
 * Applies migrations inside the caller's transaction, to a database that has none: all of them are there after its
 * commit, or none. Programs that migrate the same database meanwhile wait for it. Throws MigrationFailed.
 */
export async function migrateWithin(client: pg.ClientBase, migrations: readonly Migration[]): Promise<void> {
  await client.query("select pg_advisory_xact_lock($1::bigint)", [LOCK]);
  await client.query(CREATE_TABLE);
  for (const migration of migrations) await blaming(migration, () => run(client, migration));
}

/** Keeps migrations away until the returned function is called, or the connection ends. Waits for one that is under way. */
export async function holdSchema(client: pg.ClientBase): Promise<() => Promise<void>> {
  await client.query("select pg_advisory_lock_shared($1::bigint)", [LOCK]);
  return async () => {
    await client.query("select pg_advisory_unlock_shared($1::bigint)", [LOCK]);
  };
}

/** What has been applied to a database, in order; nothing where no migration ever ran. */
export async function listMigrations(client: pg.ClientBase): Promise<readonly Omit<Migration, "sql">[]> {
  const { rows } = await client.query<{ exists: boolean }>("select to_regclass('migrations') is not null as exists");
  if (!rows[0]?.exists) return [];
  return [...(await listApplied(client))].map(([name, checksum]) => ({ name, checksum }));
}

type Applied = ReadonlyMap<string, string>;

async function listApplied(client: pg.ClientBase): Promise<Applied> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from migrations order by name collate "C"',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/** What to apply, given what the database has. Throws MigrationFailed for an edited file, or one that comes too late. */
export function compare(migrations: readonly Migration[], applied: Applied) {
  const edited = migrations.find(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum);
  if (edited) {
    throw new MigrationFailed(
      `${edited.name} is not the file that was applied to this database: an applied migration is never edited, add a new one`,
    );
  }
  const missing = migrations.filter(({ name }) => !applied.has(name));
  const last = [...applied.keys()].sort().at(-1) ?? "";
  const late = missing.find(({ name }) => name < last);
  if (late)
    throw new MigrationFailed(`${late.name} comes before ${last}, which this database already has: renumber it`);
  const known = new Set(migrations.map(({ name }) => name));
  return { missing, newer: [...applied.keys()].filter((name) => !known.has(name)).sort() };
}

function apply(client: pg.PoolClient, migration: Migration): Promise<void> {
  return blaming(migration, async () => {
    await client.query("begin");
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await run(client, migration);
    await client.query("commit");
  });
}

async function run(client: pg.ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query("insert into migrations (name, checksum) values ($1, $2)", [name, checksum]);
}

/** Whatever fails is said to be that migration's failure. */
async function blaming({ name, sql }: Migration, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new MigrationFailed(`${name} was not applied: ${describe(error, sql)}`, { cause: error });
  }
}

function describe(error: unknown, sql: string): string {
  if (!(error instanceof Error)) return String(error);
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  return Number.isNaN(position)
    ? error.message
    : `${error.message} (line ${sql.slice(0, position).split("\n").length})`;
}
