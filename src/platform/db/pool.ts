import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import {
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from "kysely";
import pg from "pg";
import { DatabaseUnavailable, translateDatabaseError } from "./errors.ts";
import { createPulse, type Pulse } from "./pulse.ts";
import type { Tables } from "./tables.ts";
import { toParameter, valueTypes } from "./values.ts";

export type Db = Kysely<Tables>;
export type Pool = pg.Pool;

/** Where a database is: a `postgresql://` address, or what the launcher of the embedded one returns. */
export type Connection =
  | string
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

export interface PoolOptions {
  /** Connections at most; 10 unless told. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly name?: string;
  /** Milliseconds a statement may run; 30 s unless told, 0 for no limit. */
  readonly statementTimeout?: number;
  /** Milliseconds to wait for a free or a new connection; 10 s unless told. */
  readonly connectTimeout?: number;
  /** Told of connections that broke while nobody used them (the database restarted, a cable was pulled). */
  readonly onConnectionLost?: (error: Error) => void;
}

export interface DbOptions {
  /** Milliseconds after which a statement without an answer counts as lost; longer than any may take. No limit unless told. */
  readonly patience?: number;
}

/** Milliseconds that a living database may take to say anything to a new connection. */
const NEWCOMER_PATIENCE = 3_000;
/** Names kept for at most this many texts: every name is memory in the server, per connection, for as long as it lives. */
const NAMED_STATEMENTS = 500;
const CAN_BE_NAMED = /^\s*(?:select|insert|update|delete|with)\b/i;
/** A prepared plan that a migration has made useless, and a name that a connection pooler in between has forgotten. */
const PLAN_IS_STALE = new Set(["0A000", "26000"]);

/**
 * A pool of connections. A database that restarts costs the statements under way their connection, and nothing
 * else: broken connections are dropped and made anew. Ends with `end()`.
 */
export function createPool(connection: Connection, options: PoolOptions = {}): Pool {
  const lost = options.onConnectionLost ?? (() => {});
  const pool = new pg.Pool({
    ...(typeof connection === "string" ? { connectionString: connection } : connection),
    max: options.max ?? 10,
    application_name: options.name ?? "cheeseshop",
    statement_timeout: options.statementTimeout ?? 30_000,
    idle_in_transaction_session_timeout: 60_000,
    connectionTimeoutMillis: options.connectTimeout ?? 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    types: valueTypes,
  });
  // The pool only listens to idle clients; without a listener of its own, one that breaks between two statements
  // of a transaction would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", lost);
  return pool;
}

/**
 * Kysely on a pool. Statements get names, so that PostgreSQL parses and plans each text once per connection. While the
 * database is away, statements throw DatabaseUnavailable.
 */
export function createDb(pool: Pool, { patience = Number.POSITIVE_INFINITY }: DbOptions = {}): Db {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: namingPool(pool, patience) }) });
}

function namingPool(pool: Pool, patience: number): PostgresPool {
  const names = new Map<string, string>();
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  const pulse = createPulse({
    ask: () => answersNewcomers(pool),
    now: performance.now.bind(performance),
    later: (milliseconds, callback) => void setTimeout(callback, milliseconds).unref(),
    patience,
  });
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      let connecting: Promise<pg.PoolClient> | undefined;
      const begin = () => {
        connecting = pool.connect();
        return connecting;
      };
      const client = await pulse.watch(begin).catch((cause: unknown) => {
        // What comes when it has been given up is nobody's.
        connecting?.then(
          (late) => late.release(true),
          () => {},
        );
        // Whatever the reason is, to whoever asks it means one thing.
        throw new DatabaseUnavailable({ cause });
      });
      const known = clients.get(client) ?? namingClient(client, pulse, (text) => nameOf(text, names));
      clients.set(client, known);
      setPipelining(client, true);
      return known;
    },
  };
}

/** Whether the database says anything to a new connection, be it that it takes none now. */
async function answersNewcomers({ options }: Pool): Promise<boolean> {
  const client = new pg.Client({ ...options, connectionTimeoutMillis: NEWCOMER_PATIENCE });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    return !(error instanceof Error && /timeout/.test(error.message));
  } finally {
    client.end().catch(() => {});
  }
}

function namingClient(
  client: pg.PoolClient,
  pulse: Pulse,
  nameOf: (text: string) => string | undefined,
): PostgresPoolClient {
  let isStale = false;
  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(text: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof text !== "string") throw new TypeError("Cursors are not used here");
    const name = nameOf(text);
    holdBack(client);
    return pulse
      .watch(() => client.query({ text, values: parameters.map(toParameter), ...(name && { name }) }))
      .catch((error: unknown) => {
        if (error instanceof DatabaseUnavailable) {
          isStale = true;
          cutOff(client);
        }
        isStale ||= text === "rollback" || (error instanceof pg.DatabaseError && PLAN_IS_STALE.has(error.code ?? ""));
        throw translateDatabaseError(error);
      });
  }
  return {
    query,
    release(destroy) {
      setPipelining(client, false);
      client.release(destroy || isStale);
    },
  };
}

/** Statements that need not wait for each other do not. Off again for COPY, which does not work behind others. */
function setPipelining(client: pg.PoolClient, isOn: boolean): void {
  // The setting of a whole client in pg's types, but read anew for each statement.
  (client as { pipeline: boolean }).pipeline = isOn;
}

/** Ends a connection without waiting for what is under way on it, which `release` would. */
function cutOff(client: pg.PoolClient): void {
  // Not in pg's types either.
  (client as { readonly connection?: { readonly stream?: Partial<Writable> } }).connection?.stream?.destroy?.();
}

/** What is written from now until the next tick leaves in one piece: several statements then wake the database once. */
function holdBack(client: pg.PoolClient): void {
  // Not in pg's types, though pg itself does this for the messages of one statement.
  const { connection } = client as { readonly connection?: { readonly stream?: Partial<Writable> } };
  const stream = connection?.stream;
  if (stream?.cork === undefined || stream.writableCorked !== 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork?.());
}

function nameOf(text: string, names: Map<string, string>): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= NAMED_STATEMENTS || !CAN_BE_NAMED.test(text)) return known;
  const name = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  names.set(text, name);
  return name;
}
