// The run's database server. It starts when the first test file asks for a database, so that runs of pure tests do not
// pay for it, and answers every question at a Unix socket with a template of the migrations as they are then.
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/platform/db/embedded/start-embedded-postgres.ts";
import { migrate, readMigrations } from "../../src/platform/db/migrate.ts";
import { createPool } from "../../src/platform/db/pool.ts";
import { type Address, fromUrl, runStatement, type Template } from "./test-server.ts";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");

interface Server {
  readonly connection: Address;
  stop(): Promise<void>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "cheeseshop-test-"));
  // As root, PostgreSQL runs as another user, who must be able to pass.
  await chmod(folder, 0o711);
  const prefix = `test_${randomBytes(4).toString("hex")}_`;
  const templates = new Map<string, Promise<string>>();
  let server: Promise<Server> | undefined;

  async function answer(): Promise<Template> {
    server ??= startServer(join(folder, "data"), prefix);
    const { connection } = await server;
    // In watch mode migrations change under the run: each version of them has a template of its own.
    const migrations = await readMigrations(MIGRATIONS);
    const checksum = createHash("sha256").update(JSON.stringify(migrations)).digest("hex").slice(0, 12);
    const template = templates.get(checksum) ?? makeTemplate(connection, `${prefix}template_${checksum}`);
    templates.set(checksum, template);
    return { connection, template: await template, prefix };
  }

  async function makeTemplate(connection: Address, name: string): Promise<string> {
    await runStatement(connection, `create database ${name}`);
    const pool = createPool({ ...connection, database: name }, { max: 1 });
    await migrate(pool, await readMigrations(MIGRATIONS)).finally(() => pool.end());
    return name;
  }

  const socket = join(folder, "server.sock");
  const listener = createServer((client) => {
    client.on("error", () => {});
    answer().then(
      (template) => client.end(JSON.stringify(template)),
      (error: unknown) => client.end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve) => listener.listen(socket, resolve));
  project.provide("databaseServer", socket);

  return async () => {
    listener.close();
    await server?.then((running) => running.stop());
    await rm(folder, { recursive: true, force: true });
  };
}

async function startServer(dataDir: string, prefix: string): Promise<Server> {
  const url = process.env.CHEESESHOP_TEST_DATABASE_URL;
  if (url) {
    const connection = fromUrl(url);
    return { connection, stop: () => dropAll(connection, prefix) };
  }
  const log = { info() {}, warn() {}, error: (_fields: object, message: string) => console.error(message) };
  const embedded = await startEmbeddedPostgres({ dataDir, log, isDurable: false, purpose: "tests" });
  return { connection: embedded.connection, stop: () => embedded.stop("immediate") };
}

/** What test files left behind on a server that outlives the run. */
async function dropAll(connection: Address, prefix: string): Promise<void> {
  const left = await runStatement(
    connection,
    `select datname from pg_database where starts_with(datname, '${prefix}')`,
  );
  for (const { datname } of left) await runStatement(connection, `drop database if exists ${datname} with (force)`);
}
