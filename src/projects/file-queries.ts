import "./tables.ts";
import { sql } from "kysely";
import type { HostedFile } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

const hex = (digest: string) => Buffer.from(digest, "hex");

export interface NewFile {
  readonly indexId: string;
  readonly projectId: string;
  readonly releaseId: string;
  readonly entry: HostedFile;
  readonly metadataBlake2b: string | null;
  readonly uploadedAt: Temporal.Instant;
  readonly uploadedBy: string;
  readonly uploadedVia: string | null;
}

/**
 * Lists a file and registers its name for ever. Throws PostgreSQL's unique violation when another transaction has just
 * listed the same name or the same bytes in this index.
 */
export async function createFile(db: Db, file: NewFile): Promise<void> {
  const { entry } = file;
  const blob = hex(entry.blake2b);
  const metadataBlob = file.metadataBlake2b === null ? null : hex(file.metadataBlake2b);
  await db
    .insertInto("files")
    .values({
      index_id: file.indexId,
      project_id: file.projectId,
      release_id: file.releaseId,
      filename: entry.filename,
      blob,
      metadata_blob: metadataBlob,
      packagetype: entry.packagetype,
      python_version: entry.pythonVersion,
      comment_text: entry.comment,
      uploaded_at: file.uploadedAt,
      first_seen_at: file.uploadedAt,
      uploaded_by: file.uploadedBy,
      uploaded_via: file.uploadedVia,
    })
    .execute();
  await sql`
    insert into used_filenames (index_id, filename, blob, metadata_blob, first_used_at)
    values (${file.indexId}, ${entry.filename}, ${blob}, ${metadataBlob}, ${file.uploadedAt})
    on conflict do nothing`.execute(db);
}

/** A listed file that stands in the way of an upload: of the same name, or else with the same bytes. */
export interface Twin {
  readonly filename: string;
  readonly blake2b: string;
  readonly sha256: string;
  readonly project: string;
}

/** The match by name wins over the match by digest. Leans on files_index_id_filename_key and files_index_id_blob_key. */
export async function findTwin(db: Db, indexId: string, filename: string, blake2b: string): Promise<Twin | undefined> {
  const { rows } = await sql<Twin>`
    select f.filename, encode(b.blake2b, 'hex') as blake2b, encode(b.sha256, 'hex') as sha256, p.name as project
    from files f join blobs b on b.blake2b = f.blob join projects p on p.id = f.project_id
    where f.index_id = ${indexId}::uuid and (f.filename = ${filename} or f.blob = ${hex(blake2b)})
    order by f.filename <> ${filename} limit 1`.execute(db);
  return rows[0];
}

/** Whether this index ever listed a file of this name. Leans on used_filenames_pkey. */
export async function wasFilenameUsed(db: Db, indexId: string, filename: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from used_filenames where index_id = ${indexId}::uuid and filename = ${filename} limit 1`.execute(db);
  return rows.length > 0;
}

export async function hasSdist(db: Db, releaseId: string): Promise<boolean> {
  const row = await db
    .selectFrom("files")
    .select("id")
    .where("release_id", "=", releaseId)
    .where("packagetype", "=", "sdist")
    .executeTakeFirst();
  return row !== undefined;
}

/** Listed files of a project, each with its row id and whole entry; of one release when `version` is given. */
export async function listFiles(db: Db, projectId: string, version?: string): Promise<(HostedFile & { id: string })[]> {
  const { rows } = await sql<HostedFile & { id: string }>`
    select f.id, f.filename, r.version, b.size, encode(b.blake2b, 'hex') as blake2b, encode(b.sha256, 'hex') as sha256,
      encode(b.md5, 'hex') as md5, encode(m.sha256, 'hex') as "metadataSha256", f.packagetype,
      f.python_version as "pythonVersion", f.comment_text as comment,
      to_char(f.uploaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "uploadedAt"
    from files f join releases r on r.id = f.release_id join blobs b on b.blake2b = f.blob
      left join blobs m on m.blake2b = f.metadata_blob
    where f.project_id = ${projectId}::uuid and (${version ?? null}::text is null or r.version = ${version ?? null}::text)
    order by r.position, f.filename`.execute(db);
  return rows;
}

export async function deleteFileRow(db: Db, fileId: string): Promise<void> {
  await db.deleteFrom("files").where("id", "=", fileId).execute();
}
