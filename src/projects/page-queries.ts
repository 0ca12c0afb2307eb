import "./tables.ts";
import { sql } from "kysely";
import type { HostedPage, ProjectLine, ReleaseMetadata } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

/**
 * The page of a project, read in ONE statement, hence one snapshot. Leans on
 * projects_index_id_normalized_name_key, releases_project_id_version_key, files_project and roles_resource.
 *
 * Blobs and users belong to other rooms; this listing joins across them by name, as the house allows to the room further down.
 */
export async function readProjectPage(
  db: Db,
  indexId: string,
  normalizedName: string,
): Promise<HostedPage | undefined> {
  const { rows } = await sql<HostedPage>`
    select p.normalized_name as name, p.name as "displayName", p.status, p.status_reason as "statusReason",
      p.last_serial as serial,
      (select coalesce(json_agg(json_build_object(
          'version', r.version, 'isPrerelease', r.is_prerelease, 'isYanked', r.is_yanked,
          'yankedReason', r.yanked_reason, 'isQuarantined', r.is_quarantined, 'requiresPython', r.requires_python)
          order by r.position), '[]')
        from releases r where r.project_id = p.id) as releases,
      (select coalesce(json_agg(json_build_object(
          'filename', f.filename, 'version', r.version, 'size', b.size,
          'blake2b', encode(b.blake2b, 'hex'), 'sha256', encode(b.sha256, 'hex'), 'md5', encode(b.md5, 'hex'),
          'metadataSha256', encode(m.sha256, 'hex'), 'packagetype', f.packagetype,
          'pythonVersion', f.python_version, 'comment', f.comment_text,
          'uploadedAt', to_char(f.uploaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
          order by r.position, f.filename), '[]')
        from files f join releases r on r.id = f.release_id join blobs b on b.blake2b = f.blob
          left join blobs m on m.blake2b = f.metadata_blob
        where f.project_id = p.id) as files,
      (select coalesce(json_agg(json_build_object('user', u.username, 'role', o.role)
          order by o.role <> 'owner', u.username), '[]')
        from roles o join users u on u.actor_id = o.actor_id
        where o.resource_kind = 'project' and o.resource_id = p.id and o.role in ('owner', 'maintainer')) as roles
    from projects p
    where p.index_id = ${indexId}::uuid and p.normalized_name = ${normalizedName}`.execute(db);
  return rows[0];
}

/** Core metadata of one release, with its description. */
export async function findReleaseMetadata(
  db: Db,
  indexId: string,
  normalizedName: string,
  version: string,
): Promise<ReleaseMetadata | undefined> {
  const row = await db
    .selectFrom("releases as r")
    .innerJoin("projects as p", "p.id", "r.project_id")
    .select(["r.metadata", "r.description", "r.requires_python as requiresPython"])
    .where("p.index_id", "=", indexId)
    .where("p.normalized_name", "=", normalizedName)
    .where("r.version", "=", version)
    .executeTakeFirst();
  return row && { ...row.metadata, description: row.description, requiresPython: row.requiresPython };
}

/**
 * Every project of an index by normalised name, byte by byte; quarantined ones are left out. Leans on
 * projects_index_id_normalized_name_key for the order.
 */
export function listProjectLines(db: Db, indexId: string): Promise<ProjectLine[]> {
  return db
    .selectFrom("projects")
    .select(["name", "normalized_name as normalizedName", "last_serial as serial"])
    .where("index_id", "=", indexId)
    .where("status", "!=", "quarantined")
    .orderBy("normalized_name")
    .execute();
}
