import "./tables.ts";
import { sql } from "kysely";
import type { ReleaseMetadata } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";
import type { ProjectKey } from "./project-queries.ts";

/** A listed file of a release, as far as its metadata can be had from it. */
export interface MetadataFile {
  readonly filename: string;
  readonly url: string;
  readonly packagetype: string;
  readonly size: number | null;
  readonly sha256: string | null;
  /** The upstream itself has a sibling. */
  readonly hasMetadata: boolean;
  readonly metadataSha256: string | null;
  readonly requiresPython: string | null;
}

export interface KnownRelease {
  /** Null while nobody has looked for it. */
  readonly metadata: ReleaseMetadata | null;
  readonly files: readonly MetadataFile[];
}

/** A release of an upstream's project, by the version that its files have. Leans on upstream_files_project and upstream_releases_pkey. */
export async function findRelease(db: Db, { indexId, name }: ProjectKey, version: string): Promise<KnownRelease> {
  const { rows } = await sql<KnownRelease>`
    select
      (select r.metadata || jsonb_build_object('description', r.description) from upstream_releases r
        where r.index_id = ${indexId}::uuid and r.normalized_name = ${name} and r.version = ${version}) as metadata,
      (select coalesce(json_agg(json_build_object('filename', f.filename, 'url', f.url, 'packagetype', f.packagetype,
          'size', f.size, 'sha256', encode(f.sha256, 'hex'), 'hasMetadata', f.has_metadata,
          'metadataSha256', encode(f.metadata_sha256, 'hex'), 'requiresPython', f.requires_python) order by f.filename), '[]')
        from upstream_files f
        where f.index_id = ${indexId}::uuid and f.normalized_name = ${name} and f.version = ${version} and f.is_listed) as files
    `.execute(db);
  return rows[0] ?? { metadata: null, files: [] };
}

/** Keeps the metadata of a release; what was kept before is replaced. */
export async function saveRelease(
  db: Db,
  { indexId, name }: ProjectKey,
  version: string,
  { description, ...metadata }: ReleaseMetadata,
  at: Temporal.Instant,
): Promise<void> {
  await db
    .insertInto("upstream_releases")
    .values({
      index_id: indexId,
      normalized_name: name,
      version,
      metadata: JSON.stringify(metadata),
      description,
      fetched_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(["index_id", "normalized_name", "version"]).doUpdateSet({
        metadata: (row) => row.ref("excluded.metadata"),
        description: (row) => row.ref("excluded.description"),
        fetched_at: (row) => row.ref("excluded.fetched_at"),
      }),
    )
    .execute();
}
