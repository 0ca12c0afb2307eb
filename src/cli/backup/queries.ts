// What a backup asks the database about itself. Everything is about the schema that unqualified names are found in.
import pg from "pg";
import type { SequenceValue } from "./manifest.ts";

const { escapeIdentifier } = pg;
const SCHEMA = "quote_ident(current_schema())::regnamespace";
const NOT_OF_AN_EXTENSION =
  "not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";

export interface Table {
  readonly name: string;
  /** In their order; without those that are computed from others. */
  readonly columns: readonly string[];
}

/** Every table with rows of its own but `migrations`, which the manifest holds. */
export async function listTables(client: pg.ClientBase): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = ${SCHEMA} and c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
      and c.relname <> 'migrations' and ${NOT_OF_AN_EXTENSION}
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname collate "C"`);
  return rows;
}

/** Sequences move outside transactions: ask after the snapshot was taken, and no row of it is ahead of them. */
export async function readSequences(client: pg.ClientBase): Promise<readonly SequenceValue[]> {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname as name from pg_class c
    where c.relnamespace = ${SCHEMA} and c.relkind = 'S' and ${NOT_OF_AN_EXTENSION}
    order by c.relname collate "C"`);
  const values: SequenceValue[] = [];
  for (const { name } of rows) {
    const { rows: found } = await client.query<Omit<SequenceValue, "name">>(
      `select last_value as value, is_called as "isCalled" from ${escapeIdentifier(name)}`,
    );
    values.push(...found.map((value) => ({ name, ...value })));
  }
  return values;
}

export async function setSequence(client: pg.ClientBase, { name, value, isCalled }: SequenceValue): Promise<void> {
  await client.query("select setval($1::regclass, $2, $3)", [escapeIdentifier(name), value, isCalled]);
}

const columnList = ({ columns }: Table) => columns.map(escapeIdentifier).join(", ");

/** Bytes that nobody uploaded, and that only mirrors name: their upstreams have them. */
const ONLY_MIRRORED = `(
  blake2b in (select blob from upstream_files where blob is not null
    union all select metadata_blob from upstream_files where metadata_blob is not null)
  and blake2b not in (select blob from used_filenames
    union all select metadata_blob from used_filenames where metadata_blob is not null))`;

/** False for the schema of a release that had no mirrors yet. */
const knowsMirrors = (tables: readonly Table[]) => tables.some(({ name }) => name === "upstream_files");

/** Everything as it is, but bytes that only mirrors name are said to be deleted: a restored server fetches them again. */
export function copyOutStatement(table: Table, all: readonly Table[]): string {
  const isChanged = table.name === "blobs" && knowsMirrors(all);
  const columns = table.columns.map((column) =>
    isChanged && column === "state"
      ? `case when state = 'stored' and ${ONLY_MIRRORED} then 'deleted' else state end`
      : escapeIdentifier(column),
  );
  return `copy (select ${columns.join(", ")} from ${escapeIdentifier(table.name)}) to stdout`;
}

export function copyInStatement(table: Table): string {
  return `copy ${escapeIdentifier(table.name)} (${columnList(table)}) from stdin`;
}

/** One form of every value, however the server, the database or the role is configured; no limits on how long work takes. */
export async function settle(client: pg.ClientBase): Promise<void> {
  await client.query(`
    set client_encoding = 'UTF8'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set timezone = 'UTC';
    set extra_float_digits = 3; set bytea_output = 'hex';
    set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0`);
}

/** Any constant does. Two backups of one database would take each other's unfinished work for rubbish. */
const BACKUP_LOCK = "7093416180117267";

/** False when another backup of this database is being made. Held until the connection ends. */
export async function claimBackup(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ granted: boolean }>(`select pg_try_advisory_lock(${BACKUP_LOCK}) as granted`);
  return rows[0]?.granted === true;
}

export interface CatalogueFacts {
  readonly catalogue: string;
  readonly postgres: string;
  readonly count: number;
  /** Bytes of all stored files. */
  readonly bytes: number;
  readonly leftOut: number;
}

/** Of what is no mirror's alone. */
export async function readFacts(client: pg.ClientBase, tables: readonly Table[]): Promise<CatalogueFacts> {
  const { rows } = await client.query<CatalogueFacts>(`
    select (select id::text from catalogue) as catalogue, current_setting('server_version') as postgres,
      count(*) filter (where state = 'stored') as count, count(*) filter (where state <> 'stored') as "leftOut",
      coalesce(sum(size) filter (where state = 'stored'), 0)::bigint as bytes
    from blobs ${knowsMirrors(tables) ? `where not ${ONLY_MIRRORED}` : ""}`);
  const facts = rows[0];
  if (!facts) throw new Error("an aggregate always has a row");
  return facts;
}

/** Names of files with these bytes, or with these bytes as their metadata, such as `brie-1.0.tar.gz (main)`. Leans on used_filenames_blob for the former. */
export async function listNamesOf(client: pg.ClientBase, blake2b: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct used.filename || ' (' || i.name || ')' as name
     from used_filenames used join indexes i on i.id = used.index_id
     where used.blob = any($1::bytea[]) or used.metadata_blob = any($1::bytea[]) order by name limit 20`,
    [blake2b.map((hex) => `\\x${hex}`)],
  );
  return rows.map(({ name }) => name);
}

/** Tables, views and sequences of the schema, at most five: what makes a database not empty. */
export async function listRelations(client: pg.ClientBase | pg.Pool): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname as name from pg_class c
    where c.relnamespace = ${SCHEMA} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and ${NOT_OF_AN_EXTENSION}
    order by c.relname collate "C" limit 5`);
  return rows.map(({ name }) => name);
}

/**
 * Takes away what would judge or change rows while they come, and empties the tables of what migrations put there.
 * Needs no more rights than owning the tables. Returns the statements that bring everything back.
 */
export async function layBare(client: pg.ClientBase, tables: readonly Table[]): Promise<readonly string[]> {
  const { rows: keys } = await client.query<{ name: string; owner: string; definition: string }>(`
    select conname as name, conrelid::regclass::text as owner, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and conparentid = 0 and connamespace = ${SCHEMA}`);
  const { rows: triggers } = await client.query<{ name: string; owner: string; mode: string }>(`
    select t.tgname as name, t.tgrelid::regclass::text as owner, t.tgenabled as mode
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled <> 'D' and c.relnamespace = ${SCHEMA}`);
  const back: string[] = [];
  for (const { name, owner, mode } of triggers) {
    const how = { A: "enable always", R: "enable replica" }[mode] ?? "enable";
    await client.query(`alter table ${owner} disable trigger ${escapeIdentifier(name)}`);
    back.push(`alter table ${owner} ${how} trigger ${escapeIdentifier(name)}`);
  }
  for (const { name, owner, definition } of keys) {
    await client.query(`alter table ${owner} drop constraint ${escapeIdentifier(name)}`);
    back.push(`alter table ${owner} add constraint ${escapeIdentifier(name)} ${definition}`);
  }
  if (tables.length > 0) await client.query(`truncate ${tables.map(({ name }) => escapeIdentifier(name)).join(", ")}`);
  return back;
}

/** So that no document built from the rows of before is taken for one of these. */
export async function renewCatalogue(client: pg.ClientBase): Promise<void> {
  await client.query("update catalogue set id = gen_random_uuid()");
}
