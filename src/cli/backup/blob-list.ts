import { open } from "node:fs/promises";
import type { Measured } from "../../platform/crypto/digest.ts";
import { isBlake2b } from "../../platform/storage/blob-store.ts";
import { tablePath } from "./copy-tables.ts";
import { BackupUnusable } from "./errors.ts";
import type { Table } from "./queries.ts";

const TABLE = "blobs";

/**
 * The files that belong to a snapshot, read from its rows of `blobs`, so that rows and files cannot disagree. Those that
 * were known to be lost or deleted are left out. Throws BackupUnusable for rows that cannot be read.
 */
export async function* readBlobList(folder: string, tables: readonly Table[]): AsyncGenerator<Measured> {
  const columns = tables.find(({ name }) => name === TABLE)?.columns;
  if (!columns) throw new BackupUnusable(`There is no table ${TABLE} in ${folder}`);
  const at = (column: string) => columns.indexOf(column);
  const [blake2b, sha256, md5, size, state] = [at("blake2b"), at("sha256"), at("md5"), at("size"), at("state")];
  const path = tablePath(folder, TABLE);
  const file = await open(path);
  try {
    let line = 0;
    for await (const text of file.readLines({ autoClose: false })) {
      line += 1;
      const fields = text.split("\t");
      const blob = {
        blake2b: hex(fields[blake2b]),
        sha256: hex(fields[sha256]),
        md5: hex(fields[md5]),
        size: Number(fields[size]),
      };
      if (!isBlake2b(blob.blake2b) || !Number.isSafeInteger(blob.size)) {
        throw new BackupUnusable(`${path}, line ${line}, is not a row of ${TABLE}`);
      }
      if (fields[state] === "stored") yield blob;
    }
  } finally {
    await file.close();
  }
}

/** COPY writes a bytea as `\x0aff`, and the backslash twice. */
function hex(field: string | undefined): string {
  return field?.startsWith("\\\\x") ? field.slice(3) : "";
}
