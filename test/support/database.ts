import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { inject } from "vitest";
import { createDb, createPool, type Db, type Pool } from "../../src/platform/db/pool.ts";
import { type Address, runStatement, type Template, toUrl } from "./test-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The socket that answers with a template database (global-setup.ts). */
    databaseServer: string;
  }
}

export interface TemporaryDatabase {
  readonly connection: Address;
  /** The same as an address, for programs that take `--database-url`. */
  readonly url: string;
  readonly pool: Pool;
  readonly db: Db;
  /** False: every connection is cut and none is accepted, as when a server is restarting. */
  setReachable(isReachable: boolean): Promise<void>;
  drop(): Promise<void>;
}

/**
 * A migrated database of one's own: a copy of a template that is made once per run.
 * `const database = await temporaryDatabase(); afterAll(() => database.drop());`
 */
export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const { connection: server, template, prefix } = await askForTemplate(inject("databaseServer"));
  const name = `${prefix}${randomBytes(6).toString("hex")}`;
  await runStatement(server, `create database ${name} template ${template}`);
  const connection = { ...server, database: name };
  const pool = createPool(connection, { max: 8 });
  return {
    connection,
    url: toUrl(connection),
    pool,
    db: createDb(pool),
    async setReachable(isReachable) {
      await runStatement(server, `alter database ${name} allow_connections ${isReachable}`);
      if (isReachable) return;
      await runStatement(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    },
    async drop() {
      await pool.end();
      await runStatement(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function askForTemplate(socket: string): Promise<Template> {
  const chunks: Buffer[] = [];
  for await (const chunk of connect(socket)) chunks.push(chunk);
  const answer: Template | { readonly error: string } = JSON.parse(Buffer.concat(chunks).toString());
  if ("error" in answer) throw new Error(`No test database: ${answer.error}`);
  return answer;
}
