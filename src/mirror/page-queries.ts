import "./tables.ts";
import { sql } from "kysely";
import type { ProjectLine, ProjectStatus, UpstreamFile } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";
import type { ProjectKey } from "./project-queries.ts";

/** A project of an upstream as it is known, with the files that it lists. */
export interface KnownPage {
  readonly state: "found" | "absent";
  readonly displayName: string;
  readonly status: ProjectStatus;
  readonly statusReason: string | null;
  readonly serial: number;
  readonly checkedAt: Temporal.Instant;
  readonly freshUntil: Temporal.Instant;
  /** Why the upstream could not be asked or believed the last time; null when it could. */
  readonly failure: string | null;
  /** By name. */
  readonly files: readonly UpstreamFile[];
}

/** Read in ONE statement, hence one snapshot. Leans on upstream_projects_pkey and upstream_files_project. */
export async function findPage(db: Db, { indexId, name }: ProjectKey): Promise<KnownPage | undefined> {
  const { rows } = await sql<KnownPage>`
    select p.state, p.display_name as "displayName", p.status, p.status_reason as "statusReason", p.last_serial as serial,
      p.checked_at as "checkedAt", p.fresh_until as "freshUntil", p.failure,
      (select coalesce(json_agg(json_build_object(
          'filename', f.filename, 'version', f.version, 'size', f.size, 'blake2b', encode(f.blob, 'hex'),
          'sha256', encode(f.sha256, 'hex'), 'md5', f.other_hashes ->> 'md5',
          'metadataSha256', encode(f.metadata_sha256, 'hex'), 'packagetype', f.packagetype,
          'pythonVersion', f.python_version, 'comment', null,
          'uploadedAt', to_char(f.uploaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
          'upstream', json_build_object(
            'address', encode(f.address, 'hex'),
            'firstSeenAt', to_char(f.first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'isBaseline', f.is_baseline,
            'hasMetadata', (f.has_metadata or f.packagetype = 'bdist_wheel') and not f.lacks_metadata,
            'requiresPython', f.requires_python, 'isYanked', f.is_yanked, 'yankedReason', f.yanked_reason,
            'provenance', f.provenance)) order by f.filename), '[]')
        from upstream_files f
        where p.state = 'found' and f.index_id = p.index_id and f.normalized_name = p.normalized_name and f.is_listed) as files
    from upstream_projects p
    where p.index_id = ${indexId}::uuid and p.normalized_name = ${name}`.execute(db);
  return rows[0];
}

/** The projects that were found through a mirror so far. Leans on upstream_projects_pkey for the order. */
export function listLines(db: Db, indexId: string): Promise<ProjectLine[]> {
  return db
    .selectFrom("upstream_projects")
    .select(["display_name as name", "normalized_name as normalizedName", "last_serial as serial"])
    .where("index_id", "=", indexId)
    .where("state", "=", "found")
    .where("status", "!=", "quarantined")
    .orderBy("normalized_name")
    .execute();
}
