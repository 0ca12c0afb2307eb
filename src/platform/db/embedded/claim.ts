// Who owns a database: the program that holds this lock, for as long as its connection lives. No file can say that,
// because a killed program leaves files.
import pg from "pg";
import { ADMINISTRATOR } from "./cluster.ts";
import { PORT } from "./settings.ts";

const LOCK = "7093416180117265";

export interface Claim {
  /** Resolves when the connection has ended, and the claim with it. */
  readonly lost: Promise<void>;
  query(text: string): Promise<readonly unknown[]>;
  release(): Promise<void>;
}

export interface Address {
  readonly socketFolder: string;
  readonly password: string;
}

const BRIEFLY = "briefly ";

/** What a holder calls itself, such as `serve, process 4711`. */
export function describeHolder(purpose: string, isBrief: boolean): string {
  return `${isBrief ? BRIEFLY : ""}${purpose}, process ${process.pid}`;
}

/** Whether a holder is a command that will be gone in a moment, and its database with it. */
export function isBrief(who: string): boolean {
  return who.startsWith(BRIEFLY);
}

/** `who` tells a refused program who is there. Throws what pg throws when nobody answers at the socket. */
export async function tryClaim(address: Address, who: string): Promise<Claim | { readonly holder: string }> {
  const client = await connect(address, who);
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  client.on("end", resolve);
  const { rows } = await client.query<{ granted: boolean }>(`select pg_try_advisory_lock(${LOCK}) as granted`);
  if (!rows[0]?.granted) {
    const who = await findHolder(client).finally(() => client.end());
    return { holder: who ?? "which has just ended" };
  }
  return {
    lost,
    query: async (text) => (await client.query(text)).rows,
    release: () => client.end(),
  };
}

export interface Holder {
  /** Whether a PostgreSQL answers at the socket at all. */
  readonly isAnswering: boolean;
  /** What the owner called itself; undefined when nobody holds the claim. */
  readonly who: string | undefined;
}

export async function whoHolds(address: Address): Promise<Holder> {
  try {
    const client = await connect(address, "cheeseshop");
    return { isAnswering: true, who: await findHolder(client).finally(() => client.end()) };
  } catch (error) {
    return { isAnswering: error instanceof pg.DatabaseError, who: undefined };
  }
}

/** Whether a failure to connect passes by itself: no socket yet, starting up, shutting down, all connections in use. */
export function isNotYet(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^57P0|^53/.test(error.code ?? "");
}

async function findHolder(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ who: string }>(
    `select application_name as who from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and ((classid::bigint << 32) | objid::bigint) = ${LOCK}`,
  );
  return rows[0]?.who;
}

async function connect({ socketFolder, password }: Address, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: socketFolder,
    port: PORT,
    user: ADMINISTRATOR,
    password,
    database: "postgres",
    application_name: name,
    connectionTimeoutMillis: 10_000,
  });
  // Losing the connection is told by "end"; an error event without a listener would end the program.
  client.on("error", () => {});
  await client.connect();
  return client;
}
