import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { errorCode } from "../../platform/storage/errors.ts";
import { BackupUnusable } from "./errors.ts";
import type { TableFile } from "./manifest.ts";
import { copyInStatement, copyOutStatement, type Table } from "./queries.ts";

/** Where a table's rows are, in PostgreSQL's text form of COPY. */
export function tablePath(folder: string, table: string): string {
  return join(folder, `${table}.copy`);
}

/** Writes all rows that the client's transaction sees to a new file; it is on disk when this returns. */
export async function copyOut(
  client: pg.ClientBase,
  table: Table,
  all: readonly Table[],
  folder: string,
): Promise<TableFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const rows = client.query(copyTo(copyOutStatement(table, all)));
  await pipeline(
    rows,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.byteLength;
        yield chunk;
      }
    },
    createWriteStream(tablePath(folder, table.name), { flags: "wx", mode: 0o600, flush: true }),
  );
  return { ...table, columns: [...table.columns], rows: rows.rowCount, bytes, sha256: hash.digest("hex") };
}

/** Throws BackupUnusable when the file is not the one that was written. */
export async function checkTableFile(folder: string, table: TableFile): Promise<void> {
  const path = tablePath(folder, table.name);
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new BackupUnusable(`${path} is missing: this is not a whole backup`);
  }
  if (hash.digest("hex") !== table.sha256) {
    throw new BackupUnusable(`${path} is not what was written: its SHA-256 is not the one in the manifest`);
  }
}

/** Throws BackupUnusable when there come more or fewer rows than were written. */
export async function copyIn(client: pg.ClientBase, table: TableFile, folder: string): Promise<void> {
  const rows = client.query(copyFrom(copyInStatement(table)));
  await pipeline(createReadStream(tablePath(folder, table.name)), rows);
  if (rows.rowCount !== table.rows) {
    throw new BackupUnusable(`The table ${table.name} got ${rows.rowCount} rows of ${table.rows}`);
  }
}
