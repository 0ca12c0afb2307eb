import "./tables.ts";
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";
import type { FileRow, KnownFile } from "./plan-refresh.ts";
import type { ProjectKey } from "./project-queries.ts";

/**
 * Every file that the upstream lists or listed in a project. One JSON text, since thousands of rows are read faster so. Leans on
 * upstream_files_project.
 */
export async function listKnownFiles(db: Db, { indexId, name }: ProjectKey): Promise<readonly KnownFile[]> {
  const { rows } = await sql<{ files: readonly KnownFile[] }>`
    select coalesce(json_agg(json_build_object(
      'isKept', blob is not null, 'isMetadataKept', metadata_blob is not null,
      'row', json_build_object(
        'address', encode(address, 'hex'), 'filename', filename, 'isListed', is_listed, 'version', version,
        'packagetype', packagetype, 'pythonVersion', python_version, 'url', url, 'sha256', encode(sha256, 'hex'),
        'otherHashes', other_hashes, 'size', size,
        'uploadedAt', to_char(uploaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'requiresPython', requires_python, 'isYanked', is_yanked, 'yankedReason', yanked_reason,
        'hasMetadata', has_metadata, 'metadataSha256', encode(metadata_sha256, 'hex'), 'provenance', provenance))), '[]') as files
    from upstream_files
    where index_id = ${indexId}::uuid and normalized_name = ${name}`.execute(db);
  return rows[0]?.files ?? [];
}

/** The columns of a FileRow as they come in one JSON text. */
const ROWS = sql.raw(`jsonb_to_recordset($1::jsonb) as l(
  address text, filename text, "isListed" boolean, version text, packagetype text, "pythonVersion" text, url text, sha256 text,
  "otherHashes" jsonb, size bigint, "uploadedAt" timestamptz, "requiresPython" text, "isYanked" boolean, "yankedReason" text,
  "hasMetadata" boolean, "metadataSha256" text, provenance text)`);
