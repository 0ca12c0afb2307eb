// Which bytes of upstream files are kept here.
import "./tables.ts";
import { sql } from "kysely";
import type { Source } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";
import type { ColdFileAddress } from "./fetcher.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");

/** What is promised of a file, and what of it is here. Digests are lower-case hex. */
export interface PromisedFile {
  /** Of the mirror whose row this is. */
  readonly indexId: string;
  readonly project: string;
  readonly filename: string;
  readonly address: string;
  readonly url: string;
  readonly version: string;
  readonly sha256: string | null;
  /** By algorithm in lower case. */
  readonly otherHashes: Readonly<Record<string, string>>;
  readonly size: number | null;
  readonly hasMetadata: boolean;
  readonly lacksMetadata: boolean;
  readonly metadataSha256: string | null;
  readonly uploadedAt: Temporal.Instant | null;
  readonly firstSeenAt: Temporal.Instant;
  readonly isBaseline: boolean;
  readonly lastUsedAt: Temporal.Instant | null;
  /** Bytes that are stored here now. */
  readonly blob: StoredBytes | null;
  readonly metadataBlob: StoredBytes | null;
}

export interface StoredBytes {
  readonly blake2b: string;
  readonly size: number;
}

/** What mirrors among these indexes know under an address, in their order. Leans on upstream_files_pkey and blobs_pkey. */
export async function findPromisedFiles(
  db: Db,
  indexIds: readonly string[],
  { address, filename }: ColdFileAddress,
): Promise<readonly PromisedFile[]> {
  const rows = await db
    .selectFrom("upstream_files as f")
    .leftJoin("blobs as b", (join) => join.onRef("b.blake2b", "=", "f.blob").on("b.state", "=", "stored"))
    .leftJoin("blobs as m", (join) => join.onRef("m.blake2b", "=", "f.metadata_blob").on("m.state", "=", "stored"))
    .select([
      "f.index_id",
      "f.normalized_name",
      "f.url",
      "f.version",
      "f.sha256",
      "f.other_hashes",
      "f.size",
      "f.has_metadata",
      "f.lacks_metadata",
      "f.metadata_sha256",
      "f.uploaded_at",
      "f.first_seen_at",
      "f.is_baseline",
      "f.last_used_at",
      "b.blake2b as blob",
      "b.size as blob_size",
      "m.blake2b as metadata_blob",
      "m.size as metadata_size",
    ])
    .where("f.index_id", "=", sql<string>`any(${indexIds}::uuid[])`)
    .where("f.address", "=", bytes(address))
    .where("f.filename", "=", filename)
    .orderBy(sql`array_position(${indexIds}::uuid[], f.index_id)`)
    .execute();
  return rows.map((row) => ({
    indexId: row.index_id,
    project: row.normalized_name,
    filename,
    address,
    url: row.url,
    version: row.version,
    sha256: row.sha256?.toString("hex") ?? null,
    otherHashes: row.other_hashes,
    size: row.size,
    hasMetadata: row.has_metadata,
    lacksMetadata: row.lacks_metadata,
    metadataSha256: row.metadata_sha256?.toString("hex") ?? null,
    uploadedAt: row.uploaded_at,
    firstSeenAt: row.first_seen_at,
    isBaseline: row.is_baseline,
    lastUsedAt: row.last_used_at,
    blob: storedBytes(row.blob, row.blob_size),
    metadataBlob: storedBytes(row.metadata_blob, row.metadata_size),
  }));
}

function storedBytes(blake2b: Buffer | null, size: number | null): StoredBytes | null {
  return blake2b === null || size === null ? null : { blake2b: blake2b.toString("hex"), size };
}

/** Holds the lock of a project until the transaction ends; undefined when there is none. */
export async function lockDisplayName(
  trx: Db,
  source: Pick<Source, "id">,
  project: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom("upstream_projects")
    .select("display_name")
    .where("index_id", "=", source.id)
    .where("normalized_name", "=", project)
    .forUpdate()
    .executeTakeFirst();
  return row?.display_name;
}

const thisFile = (source: Pick<Source, "id">, { address, filename }: ColdFileAddress) =>
  sql<boolean>`index_id = ${source.id}::uuid and address = ${bytes(address)} and filename = ${filename}`;

/** The bytes of a file are here. What was promised of it stays; what was not is now known. */
export async function setKept(
  trx: Db,
  source: Pick<Source, "id">,
  file: ColdFileAddress,
  kept: { readonly blake2b: string; readonly sha256: string; readonly size: number; readonly at: Temporal.Instant },
): Promise<void> {
  await trx
    .updateTable("upstream_files")
    .set({
      blob: bytes(kept.blake2b),
      sha256: sql<Buffer>`coalesce(sha256, ${bytes(kept.sha256)})`,
      size: sql<number>`coalesce(size, ${kept.size})`,
      last_used_at: kept.at,
    })
    .where(thisFile(source, file))
    .execute();
}

export async function setMetadataKept(
  trx: Db,
  source: Pick<Source, "id">,
  file: ColdFileAddress,
  blake2b: string,
): Promise<void> {
  await trx
    .updateTable("upstream_files")
    .set({ metadata_blob: bytes(blake2b) })
    .where(thisFile(source, file))
    .execute();
}

/** False when that was known already. */
export async function setLacksMetadata(trx: Db, source: Pick<Source, "id">, file: ColdFileAddress): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("upstream_files")
    .set({ lacks_metadata: true })
    .where(thisFile(source, file))
    .where("lacks_metadata", "=", false)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Says that a kept file was asked for, unless that was said since `before`. */
export async function setUsed(
  db: Db,
  source: Pick<Source, "id">,
  file: ColdFileAddress,
  at: Temporal.Instant,
  before: Temporal.Instant,
): Promise<void> {
  await db
    .updateTable("upstream_files")
    .set({ last_used_at: at })
    .where(thisFile(source, file))
    .where((or) => or.or([or("last_used_at", "is", null), or("last_used_at", "<", before)]))
    .execute();
}

/**
 * Bytes that only mirrors name and that do not fit into `limit` any more, those first that were asked for longest ago. None
 * that were asked for after `recent`. Reads every row with bytes: for now and then.
 */
export async function listSurplus(db: Db, limit: number, recent: Temporal.Instant): Promise<readonly StoredBytes[]> {
  const { rows } = await sql<StoredBytes>`
    select encode(blake2b, 'hex') as blake2b, size
    from (
      select b.blake2b, b.size, u.used, sum(b.size) over (order by u.used desc, b.blake2b) as so_far
      from (select blob, max(last_used_at) as used from upstream_files where blob is not null group by blob) u
        join blobs b on b.blake2b = u.blob and b.state = 'stored'
      where not exists (select from used_filenames n where n.blob = b.blake2b)
        and not exists (select from used_filenames n where n.metadata_blob = b.blake2b)
        and not exists (select from upstream_files f where f.metadata_blob = b.blake2b)
    ) kept
    where so_far > ${limit} and used < ${recent.toString()}::timestamptz
    order by so_far desc`.execute(db);
  return rows;
}
