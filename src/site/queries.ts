// Read-only joins that gather what single pages of the site show.
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";

export interface NewestRelease {
  readonly name: string;
  readonly version: string;
  readonly summary: string | null;
  readonly isPrerelease: boolean;
  /** UTC with microseconds, `2026-01-02T03:04:05.000600Z`. */
  readonly publishedAt: string;
}

export interface HomeFigures {
  readonly projects: number;
  /** Newest first; a project may be there more than once. */
  readonly newest: readonly NewestRelease[];
}

/**
 * The figures of the first page over these hosted indexes. The newest releases of each are found backwards along journal_index,
 * since a release knows no index; what has been deleted, yanked or quarantined since drops out in the joins (projects_pkey,
 * releases); 100 of them take 1.4 ms. The count reads every project, 60 ms at 300,000, which is why the page is kept until
 * the index changes.
 */
export async function readHome(db: Db, indexIds: readonly string[], count: number): Promise<HomeFigures> {
  const { rows } = await sql<HomeFigures>`
    select
      (select count(*)::int from projects where index_id = any(${indexIds}::uuid[]) and status <> 'quarantined') as projects,
      (select coalesce(json_agg(newest), '[]') from (
        select of_one.name, of_one.version, of_one.summary, of_one."isPrerelease", of_one."publishedAt"
        from unnest(${indexIds}::uuid[]) as source (id) cross join lateral (
          select p.name, r.version, r.metadata ->> 'summary' as summary, r.is_prerelease as "isPrerelease",
            to_char(j.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "publishedAt", j.serial
          from journal j
            join projects p on p.id = j.project_id
            join releases r on r.project_id = p.id and r.version = j.version
          where j.index_id = source.id and j.action = 'new release'
            and p.status <> 'quarantined' and not r.is_quarantined and not r.is_yanked
          order by j.serial desc
          limit ${count}) of_one
        order by of_one.serial desc
        limit ${count}) newest) as newest`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("a select without from has one row");
  return row;
}

export interface NearName {
  readonly name: string;
  readonly normalizedName: string;
}

/** Names that share their beginning with a mistyped one, read at most. */
const ALIKE = 200;

/**
 * Names in these hosted indexes that may be meant by `name` (normalized): those among `neighbours`, look-alikes, names that begin with
 * it, and some that begin like it. Bounded, and by equality or range only: leans on projects_index_id_normalized_name_key
 * and projects_ultra_name.
 */
export async function listNearNames(
  db: Db,
  indexIds: readonly string[],
  asked: { readonly name: string; readonly ultraName: string; readonly neighbours: readonly string[] },
): Promise<NearName[]> {
  const beginning = asked.name.slice(0, 3);
  const { rows } = await sql<NearName>`
    with near as (
      (select name, normalized_name, status from projects
        where index_id = any(${indexIds}::uuid[]) and normalized_name = any(${asked.neighbours}::text[]))
      union
      (select name, normalized_name, status from projects
        where index_id = any(${indexIds}::uuid[]) and ultra_name = ${asked.ultraName} limit ${ALIKE})
      union
      (select name, normalized_name, status from projects
        where index_id = any(${indexIds}::uuid[]) and normalized_name >= ${asked.name} and normalized_name < ${`${asked.name}{`}
        order by normalized_name limit 20)
      union
      (select name, normalized_name, status from projects
        where index_id = any(${indexIds}::uuid[]) and normalized_name >= ${beginning} and normalized_name < ${`${beginning}{`}
        order by normalized_name limit ${ALIKE})
    )
    select distinct on (normalized_name) name, normalized_name as "normalizedName" from near where status <> 'quarantined'`.execute(
    db,
  );
  return rows;
}
