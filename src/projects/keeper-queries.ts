// Which names belong to hosted indexes. Joins what the rooms journal and indexes own, as the room further down may.
import { sql } from "kysely";
import { claimsOf, type Keeper } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

/**
 * The first of these indexes that has or ever had a project of this name, or claims it. A project's first journal line is
 * written with its row and never deleted, so the journal alone would do; the row is looked at first because it is small.
 * Leans on projects_index_id_normalized_name_key, journal_project and name_claims_pkey: three look-ups for each index. Each
 * is a scalar with a limit, so that no planner makes one scan for all indexes of it.
 */
export async function findKeeper(db: Db, indexIds: readonly string[], name: string): Promise<Keeper | undefined> {
  const { rows } = await sql<Keeper>`
    select asked.id from unnest(${indexIds}::uuid[]) with ordinality as asked (id, position)
    where coalesce(
      (select true from projects where index_id = asked.id and normalized_name = ${name} limit 1),
      (select true from journal where index_id = asked.id and normalized_name = ${name} limit 1),
      (select true from name_claims where index_id = asked.id and pattern = any(${claimsOf(name)}::text[]) limit 1))
    order by asked.position limit 1`.execute(db);
  return rows[0];
}

/**
 * Those of many names that any of these indexes keeps, likewise: 20,000 names against 2,000 claims take some 0.2 s. Leans on
 * journal_project and name_claims_pkey.
 */
export async function listKept(
  db: Db,
  indexIds: readonly string[],
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows: owned } = await sql<{ name: string }>`
    select asked.name from unnest(${names}::text[]) as asked (name)
    where (select true from journal
      where index_id = any(${indexIds}::uuid[]) and normalized_name = asked.name collate "C" limit 1)`.execute(db);
  const { rows: claims } = await sql<{ pattern: string }>`
    select pattern from name_claims where index_id = any(${indexIds}::uuid[])`.execute(db);
  const patterns = new Set(claims.map(({ pattern }) => pattern));
  const isClaimed = (name: string) => patterns.size > 0 && claimsOf(name).some((pattern) => patterns.has(pattern));
  return new Set([...owned.map(({ name }) => name), ...names.filter(isClaimed)]);
}
