import pg from "pg";
import type { Connection } from "../../src/platform/db/pool.ts";

export type Address = Exclude<Connection, string>;

/** What the run's database server answers (global-setup.ts). */
export interface Template {
  readonly connection: Address;
  /** The migrated database to copy. */
  readonly template: string;
  /** What the names of this run's databases start with: the run drops what it finds of them at its end. */
  readonly prefix: string;
}

/** Statements outside any pool; rows of the last one. */
export async function runStatement(connection: Address, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

export function toUrl({ host, port, user, password, database }: Address): string {
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  if (!host.startsWith("/")) return `postgresql://${credentials}@${host}:${port}/${database}`;
  return `postgresql://${credentials}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}

export function fromUrl(url: string): Address {
  const { host, port, user = "", password = "", database = "" } = new pg.Client({ connectionString: url });
  return { host, port, user, password, database };
}
