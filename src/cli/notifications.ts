// Changes between servers and commands on one database, by LISTEN and NOTIFY. What is told while nobody listens is not
// repeated; `onResumed` says that something may have been missed.
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Connection } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";

const CHANNEL = "cheeseshop";
/** Milliseconds between two attempts to listen. */
const RETRY = 250;
/** Milliseconds between two questions whether the connection still lives: a line that was cut need not say so. */
const BEAT = 5_000;
/** Milliseconds that the database may take for an answer before its connection counts as dead. */
const PATIENCE = 5_000;

export interface Notification {
  /** Which server says so; absent for a command. */
  readonly from?: string;
  readonly change: unknown;
}

export interface Notifications {
  /** Tells the other servers. What cannot be told is logged. */
  publish(change: unknown): void;
  close(): Promise<void>;
}

export interface NotificationsDeps {
  readonly connection: Connection;
  readonly log: Log;
  /** A command, or another server, changed something. */
  readonly onChange: (change: unknown) => void;
  /** Listening from now on, for the first time or again: what changed before may have been missed. */
  readonly onResumed: () => void;
  readonly later: (milliseconds: number, callback: () => void) => () => void;
  readonly patience?: number;
}

/** The statement that a command tells all servers with; its parameter is a Notification as JSON. */
export const NOTIFY = `select pg_notify('${CHANNEL}', $1)`;

/** Listens until closed, over a connection of its own that is made again when it breaks or falls silent. */
export function openNotifications(deps: NotificationsDeps): Notifications {
  const { connection, log, onChange, onResumed, later, patience = PATIENCE } = deps;
  const self = randomUUID();
  const closing = Promise.withResolvers<void>();
  let client: pg.Client | undefined;
  let isClosed = false;
  let isTroubled = false;

  /** So many milliseconds, or until there is nothing to wait for any more. */
  async function pause(milliseconds: number, ...ends: Promise<unknown>[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = later(milliseconds, resolve);
    await Promise.race([promise, closing.promise, ...ends]);
    cancel();
  }

  /** Does not hold up the end: a database that stands still answers nothing. */
  function unlessClosed(step: Promise<unknown>): Promise<unknown> {
    step.catch(() => {});
    return Promise.race([step, closing.promise]);
  }

  /** Returns or throws when the connection is lost. */
  async function listen(): Promise<void> {
    const fresh = new pg.Client({
      ...(typeof connection === "string" ? { connectionString: connection } : connection),
      application_name: "cheeseshop changes",
      keepAlive: true,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
    });
    let isOver = false;
    const ended = new Promise<void>((resolve) => {
      fresh.once("end", () => {
        isOver = true;
        resolve();
      });
    });
    fresh.on("error", () => {});
    fresh.on("notification", ({ payload = "" }) => hear(payload));
    try {
      await unlessClosed(fresh.connect());
      await unlessClosed(fresh.query(`listen ${CHANNEL}`));
      if (isClosed) return;
      client = fresh;
      if (isTroubled) log.info({}, "listening for changes of other servers again");
      isTroubled = false;
      onResumed();
      for (;;) {
        await pause(BEAT, ended);
        if (isOver || isClosed) return;
        await unlessClosed(fresh.query("select 1"));
      }
    } finally {
      client = undefined;
      if (!isOver) void unlessClosed(fresh.end());
    }
  }

  async function keepListening(): Promise<void> {
    while (!isClosed) {
      const error: unknown = await listen().catch((reason: unknown) => reason);
      if (isClosed) return;
      if (!isTroubled) log.warn({ error }, "cannot listen for changes of other servers, and tries again");
      isTroubled = true;
      await pause(RETRY);
    }
  }

  function hear(payload: string): void {
    const notification = parseNotification(payload);
    if (notification && notification.from !== self) onChange(notification.change);
  }

  const listening = keepListening();
  return {
    publish(change) {
      const told = client?.query(NOTIFY, [JSON.stringify({ from: self, change } satisfies Notification)]);
      told?.catch((error: unknown) => log.warn({ error }, "could not tell other servers of a change"));
    },
    async close() {
      isClosed = true;
      closing.resolve();
      await listening;
    },
  };
}

/** Undefined for what is no notification of ours: anyone with the database's password can send anything. */
export function parseNotification(payload: string): Notification | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== "object" || value === null || !("change" in value)) return undefined;
    const from = "from" in value && typeof value.from === "string" ? value.from : undefined;
    return { change: value.change, ...(from !== undefined && { from }) };
  } catch {
    return undefined;
  }
}
