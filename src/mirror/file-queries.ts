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

/** Rows as one parameter, whatever their number. As json: making jsonb of it first takes longer. */
function recordset(files: readonly Partial<FileRow>[]) {
  return sql`json_to_recordset(${JSON.stringify(files)}::json) as l(
    address text, filename text, version text, packagetype text, "pythonVersion" text, url text, sha256 text,
    "otherHashes" jsonb, size bigint, "uploadedAt" timestamptz, "requiresPython" text, "isYanked" boolean,
    "yankedReason" text, "hasMetadata" boolean, "metadataSha256" text, provenance text)`;
}

/** Our own clock at the first sight of a file. */
export interface FirstSight {
  readonly at: Temporal.Instant;
  readonly isBaseline: boolean;
}

/** Writes rows of files that were not seen before. Returns how many: a row that is another project's stays that project's. */
export async function insertFiles(
  trx: Db,
  { indexId, name }: ProjectKey,
  files: readonly FileRow[],
  { at, isBaseline }: FirstSight,
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into upstream_files (index_id, normalized_name, filename, address, version, packagetype, python_version, url,
      sha256, other_hashes, size, uploaded_at, requires_python, is_yanked, yanked_reason, has_metadata, metadata_sha256,
      provenance, first_seen_at, is_baseline)
    select ${indexId}::uuid, ${name}, l.filename, decode(l.address, 'hex'), l.version, l.packagetype, l."pythonVersion", l.url,
      decode(l.sha256, 'hex'), l."otherHashes", l.size, l."uploadedAt", l."requiresPython", l."isYanked", l."yankedReason",
      l."hasMetadata", decode(l."metadataSha256", 'hex'), l.provenance, ${at}::timestamptz, ${isBaseline}::boolean
    from ${recordset(files)}
    on conflict do nothing`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/**
 * Writes what changed of known files. Their address, name, digest and first sight never do. Leans on upstream_files_pkey alone: a
 * word about the project would let PostgreSQL look through all of its files for each of them.
 */
export async function updateFiles(trx: Db, indexId: string, files: readonly FileRow[]): Promise<void> {
  await sql`
    update upstream_files f set is_listed = true, version = l.version, packagetype = l.packagetype,
      python_version = l."pythonVersion", url = l.url, sha256 = coalesce(f.sha256, decode(l.sha256, 'hex')),
      other_hashes = l."otherHashes", size = l.size, uploaded_at = l."uploadedAt", requires_python = l."requiresPython",
      is_yanked = l."isYanked", yanked_reason = l."yankedReason", has_metadata = l."hasMetadata",
      metadata_sha256 = decode(l."metadataSha256", 'hex'), provenance = l.provenance
    from ${recordset(files)}
    where f.index_id = ${indexId}::uuid and f.address = decode(l.address, 'hex') and f.filename = l.filename`.execute(
    trx,
  );
}

/** Files that the upstream lists no longer. Their rows stay, so that their addresses go on answering. Leans on the same. */
export async function unlistFiles(
  trx: Db,
  indexId: string,
  files: readonly Pick<FileRow, "address" | "filename">[],
): Promise<void> {
  await sql`
    update upstream_files f set is_listed = false
    from ${recordset(files.map(({ address, filename }) => ({ address, filename })))}
    where f.index_id = ${indexId}::uuid and f.address = decode(l.address, 'hex') and f.filename = l.filename`.execute(
    trx,
  );
}
