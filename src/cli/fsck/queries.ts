// What rows must agree on among themselves, asked across all rooms; read-only. Every check is one statement, hence one
// snapshot: a server that goes on working makes nothing look wrong.
import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../platform/db/pool.ts";
import { type Finding, problem } from "./finding.ts";

interface RowCheck {
  readonly code: string;
  /** Rows of (subject, found, expected), as text. */
  readonly statement: RawBuilder<{ subject: string; found: string | null; expected: string | null }>;
  readonly sentence: (subject: string, found: string, expected: string) => string;
}

const checks: readonly RowCheck[] = [
  {
    code: "wrong-total-size",
    statement: sql`
      select i.name || '/' || p.name as subject, p.total_size::text as found, coalesce(listed.size, 0)::text as expected
      from projects p join indexes i on i.id = p.index_id
        left join (select f.project_id, sum(b.size) as size from files f join blobs b on b.blake2b = f.blob group by 1) listed
          on listed.project_id = p.id
      where p.total_size <> coalesce(listed.size, 0) order by 1`,
    sentence: (subject, found, expected) => `${subject} says it has ${found} bytes, and its files have ${expected}`,
  },
  {
    code: "wrong-positions",
    statement: sql`
      select i.name || '/' || p.name as subject, string_agg(r.position::text, ', ' order by r.position) as found,
        '0 to ' || count(*) - 1 as expected
      from releases r join projects p on p.id = r.project_id join indexes i on i.id = p.index_id
      group by i.name, p.name
      having min(r.position) <> 0 or max(r.position) <> count(*) - 1 or count(distinct r.position) <> count(*) order by 1`,
    sentence: (subject, found, expected) => `The releases of ${subject} stand at ${found} instead of ${expected}`,
  },
  {
    code: "wrong-serial",
    statement: sql`
      select i.name || '/' || p.name as subject, p.last_serial::text as found, coalesce(j.serial, 0)::text as expected
      from projects p join indexes i on i.id = p.index_id
        left join (select project_id, max(serial) as serial from journal group by 1) j on j.project_id = p.id
      where p.last_serial <> coalesce(j.serial, 0)
      union all
      select i.name, i.last_serial::text, coalesce(j.serial, 0)::text
      from indexes i left join (select index_id, max(serial) as serial from journal group by 1) j on j.index_id = i.id
      where i.last_serial <> coalesce(j.serial, 0) order by 1`,
    sentence: (subject, found, expected) => `${subject} is at serial ${found}, and its journal ends at ${expected}`,
  },
  {
    code: "sequence-behind",
    statement: sql`
      select 'serials' as subject, s.last_value::text as found, max(j.serial)::text as expected
      from serials s, journal j group by s.last_value having s.last_value < max(j.serial)
      union all
      select 'revisions', s.last_value::text, max(moved.revision)::text
      from revisions s, (select revision from projects union all select revision from indexes) moved
      group by s.last_value having s.last_value < max(moved.revision)`,
    sentence: (subject, found, expected) =>
      `The sequence ${subject} stands at ${found}, below ${expected} which was given out already`,
  },
  {
    code: "unanswered-address",
    statement: sql`
      select i.name || '/' || f.filename as subject, null as found, null as expected
      from files f join indexes i on i.id = f.index_id
      where not exists (select from used_filenames u
        where u.index_id = f.index_id and u.filename = f.filename and u.blob = f.blob
          and u.metadata_blob is not distinct from f.metadata_blob) order by 1`,
    sentence: (subject) => `${subject} is listed, and no used name says that its address answers`,
  },
  {
    code: "lost-file",
    statement: sql`
      select i.name || '/' || f.filename as subject, b.state as found, null as expected
      from files f join indexes i on i.id = f.index_id join blobs b on b.blake2b in (f.blob, f.metadata_blob)
      where b.state <> 'stored' order by 1`,
    sentence: (subject, found) =>
      `${subject} is listed, and its bytes or its metadata are ${found}: upload the same file again, or remove it`,
  },
];

/** All of them, without the time limit that pages have. */
export function checkRows(db: Db): Promise<readonly Finding[]> {
  return db.connection().execute(async (connection) => {
    const findings: Finding[] = [];
    await sql`set statement_timeout = 0`.execute(connection);
    try {
      for (const { code, statement, sentence } of checks) {
        const { rows } = await statement.execute(connection);
        for (const { subject, found, expected } of rows) {
          findings.push(problem(code, subject, sentence(subject, found ?? "", expected ?? "")));
        }
      }
    } finally {
      await sql`reset statement_timeout`.execute(connection);
    }
    return findings;
  });
}

/** A name that the journal or the projects of an index know. */
export interface Subject {
  readonly indexId: string;
  readonly index: string;
  readonly name: string;
}

export async function listIndexes(db: Db): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`select id, name from indexes order by name`.execute(db);
  return rows;
}

/**
 * Names that projects or journal of an index know, in order, after one. Leans on journal_project and
 * projects_index_id_normalized_name_key, of which it reads no more than `limit` names.
 */
export async function listNames(db: Db, indexId: string, after: string, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    (select normalized_name as name from projects
      where index_id = ${indexId}::uuid and normalized_name > ${after} order by normalized_name limit ${limit})
    union
    (select distinct normalized_name from journal
      where index_id = ${indexId}::uuid and normalized_name > ${after} order by normalized_name limit ${limit})
    order by name limit ${limit}`.execute(db);
  return rows.map(({ name }) => name);
}

/** So many projects, whichever. */
export async function sampleSubjects(db: Db, count: number): Promise<readonly Subject[]> {
  const { rows } = await sql<Subject>`
    select i.id as "indexId", i.name as index, p.normalized_name as name
    from projects p join indexes i on i.id = p.index_id order by random() limit ${count}`.execute(db);
  return rows;
}

/** Files with these bytes, or with these bytes as their metadata, a mirror's too: `main/brie-1.0.tar.gz`. */
export async function listUsers(db: Db, blake2b: string): Promise<readonly string[]> {
  const bytes = Buffer.from(blake2b, "hex");
  const { rows } = await sql<{ name: string }>`
    select i.name || '/' || n.filename as name
    from (
      select index_id, filename from used_filenames where ${bytes} in (blob, metadata_blob)
      union select index_id, filename from upstream_files where ${bytes} in (blob, metadata_blob)
    ) n join indexes i on i.id = n.index_id order by 1 limit 3`.execute(db);
  return rows.map(({ name }) => name);
}

/** How much there is to look at. */
export async function countBlobs(db: Db): Promise<{ readonly things: number; readonly bytes: number }> {
  const { rows } = await sql<{ things: number; bytes: number }>`
    select count(*) as things, coalesce(sum(size), 0)::bigint as bytes from blobs where state = 'stored'`.execute(db);
  return rows[0] ?? { things: 0, bytes: 0 };
}
