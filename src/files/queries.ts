import "./tables.ts";
import { sql } from "kysely";
import type { Measured } from "../platform/crypto/digest.ts";
import type { Db } from "../platform/db/pool.ts";
import { type Statement, statement } from "../platform/db/statement.ts";
import type { BlobState } from "./tables.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");

const lockKey = (blake2b: string) => BigInt.asIntN(64, BigInt(`0x${blake2b.slice(0, 16)}`)).toString();

/** Holds the lock of a digest that is about to lose its bytes until the transaction ends: nobody lists them meanwhile. */
export async function lockBlob(trx: Db, blake2b: string): Promise<void> {
  if (!trx.isTransaction) throw new Error("a blob is locked inside a transaction, or the lock is gone at once");
  await sql`select pg_advisory_xact_lock(${lockKey(blake2b)}::bigint)`.execute(trx);
}

/** The same locks, shared by all who list the bytes: nobody removes them until the transaction ends. */
export function shareBlobs(digests: readonly string[]): Statement {
  return statement`select pg_advisory_xact_lock_shared(key) from unnest(${digests.map(lockKey)}::bigint[]) as key`;
}

/** Says that bytes are stored. Bytes that had been lost or deleted are there again. In order of digest, against deadlocks. */
export function upsertBlobs(blobs: readonly Measured[]): Statement {
  return statement`
    insert into blobs (blake2b, sha256, md5, size)
    select * from unnest(${blobs.map((blob) => bytes(blob.blake2b))}::bytea[], ${blobs.map((blob) => bytes(blob.sha256))}::bytea[],
      ${blobs.map((blob) => bytes(blob.md5))}::bytea[], ${blobs.map((blob) => blob.size)}::bigint[]) as blob (blake2b)
    order by blake2b
    on conflict (blake2b) do update set state = 'stored' where blobs.state <> 'stored'`;
}

/** The bytes behind an address, and since when the index has had them. */
export interface ListedBytes {
  readonly blake2b: string;
  readonly size: number;
  readonly listedAt: Temporal.Instant;
}

/**
 * The bytes of a file that one of these indexes lists or ever listed under that name, or those of its metadata sibling
 * (PEP 658); undefined also when the bytes are lost or deleted. Leans on used_filenames_pkey and blobs_pkey.
 */
export async function findListedBytes(
  db: Db,
  indexIds: readonly string[],
  blake2b: string,
  filename: string,
  sibling: "file" | "metadata",
): Promise<ListedBytes | undefined> {
  const row = await db
    .selectFrom("used_filenames")
    .innerJoin("blobs", "blobs.blake2b", sibling === "file" ? "used_filenames.blob" : "used_filenames.metadata_blob")
    .select(["blobs.blake2b", "blobs.size", "used_filenames.first_used_at as listedAt"])
    .where("used_filenames.index_id", "=", sql<string>`any(${indexIds}::uuid[])`)
    .where("used_filenames.filename", "=", filename)
    .where("used_filenames.blob", "=", bytes(blake2b))
    .where("blobs.state", "=", "stored")
    .orderBy(sql`array_position(${indexIds}::uuid[], used_filenames.index_id)`)
    .executeTakeFirst();
  return row && { ...row, blake2b: row.blake2b.toString("hex") };
}

/** Whether any index lists or ever listed these bytes. Leans on used_filenames_blob and used_filenames_metadata_blob. */
export async function isUploaded(db: Db, blake2b: string): Promise<boolean> {
  const digest = bytes(blake2b);
  const { rows } = await sql<{ isUploaded: boolean }>`
    select exists (select from used_filenames where blob = ${digest})
      or exists (select from used_filenames where metadata_blob = ${digest}) as "isUploaded"`.execute(db);
  return rows[0]?.isUploaded ?? true;
}

export interface BlobRow extends Measured {
  readonly state: BlobState;
}

const blobColumns = ["blake2b", "sha256", "md5", "size", "state"] as const;

/** Up to `limit` blobs in ascending order of digest, greater than `after` (empty for the first). */
export async function listBlobRows(db: Db, after: string, limit: number): Promise<BlobRow[]> {
  const rows = await db
    .selectFrom("blobs")
    .select(blobColumns)
    .where("blake2b", ">", bytes(after))
    .orderBy("blake2b")
    .limit(limit)
    .execute();
  return rows.map(toBlobRow);
}

export async function findBlobRow(db: Db, blake2b: string): Promise<BlobRow | undefined> {
  const row = await db.selectFrom("blobs").select(blobColumns).where("blake2b", "=", bytes(blake2b)).executeTakeFirst();
  return row && toBlobRow(row);
}

function toBlobRow(row: {
  readonly blake2b: Buffer;
  readonly sha256: Buffer;
  readonly md5: Buffer;
  readonly size: number;
  readonly state: BlobState;
}): BlobRow {
  return {
    blake2b: row.blake2b.toString("hex"),
    sha256: row.sha256.toString("hex"),
    md5: row.md5.toString("hex"),
    size: row.size,
    state: row.state,
  };
}

/** False when there is no such blob, or it is in that state already. */
export async function setBlobState(db: Db, blake2b: string, state: BlobState): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("blobs")
    .set({ state })
    .where("blake2b", "=", bytes(blake2b))
    .where("state", "!=", state)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
