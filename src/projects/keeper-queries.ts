// Which names belong to hosted indexes. Joins what the rooms journal and indexes own, as the room further down may.
import { sql } from "kysely";
import { claimsOf, type Keeper } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

/**
 * The first of these indexes that has or ever had a project of this name, or claims it. A project's first journal line is
 * written with its row and never deleted, so the journal alone would do; the row is looked at first because it is small.
 * Leans on projects_index_id_normalized_name_key, journal_project and name_claims_pkey: three look-ups for each index.
 */
export async function findKeeper(db: Db, indexIds: readonly string[], name: string): Promise<Keeper | undefined> {
  const { rows } = await sql<Keeper>`
    select asked.id from unnest(${indexIds}::uuid[]) with ordinality as asked (id, position)
    where exists (select 1 from projects where index_id = asked.id and normalized_name = ${name})
      or exists (select 1 from journal where index_id = asked.id and normalized_name = ${name})
      or exists (select 1 from name_claims where index_id = asked.id and pattern = any(${claimsOf(name)}::text[]))
    order by asked.position limit 1`.execute(db);
  return rows[0];
}

/** Those of many names that any of these indexes keeps, likewise. Claims are few: each is compared with every name. */
export async function listKept(
  db: Db,
  indexIds: readonly string[],
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select asked.name collate "C" as name from unnest(${names}::text[]) as asked (name)
    where exists (select 1 from journal
        where index_id = any(${indexIds}::uuid[]) and normalized_name = asked.name collate "C")
      or exists (select 1 from name_claims
        where index_id = any(${indexIds}::uuid[]) and case when right(pattern, 1) = '*'
          then starts_with(asked.name, left(pattern, -1)) else pattern = asked.name collate "C" end)`.execute(db);
  return new Set(rows.map((row) => row.name));
}
