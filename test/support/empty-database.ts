import { randomBytes } from "node:crypto";
import { createDb, createPool, type Db, type Pool } from "../../src/platform/db/pool.ts";
import { type Address, runStatement, toUrl } from "./test-server.ts";

export interface EmptyDatabase {
  readonly connection: Address;
  readonly url: string;
  readonly pool: Pool;
  readonly db: Db;
  drop(): Promise<void>;
}

/** A database without any table, beside an existing one on the same server. `owner`: connect as this role, who owns it. */
export async function emptyDatabase(
  server: Address,
  owner?: { user: string; password: string },
): Promise<EmptyDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}_empty`;
  await runStatement(server, `create database ${name} template template0${owner ? ` owner ${owner.user}` : ""}`);
  const connection = { ...server, ...owner, database: name };
  const pool = createPool(connection, { max: 4 });
  return {
    connection,
    url: toUrl(connection),
    pool,
    db: createDb(pool),
    async drop() {
      await pool.end();
      await runStatement(server, `drop database if exists ${name} with (force)`);
    },
  };
}
