import "./tables.ts";
import { sql } from "kysely";
import type { HostedFile } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

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
