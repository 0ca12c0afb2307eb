// Changes between servers and commands on one database, by LISTEN and NOTIFY. What is missed while a connection is down
// is not repeated; `onResumed` says that something may have been.
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Connection } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";

const CHANNEL = "cheeseshop";
const RETRY = 500;

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
  /** Listening again after the connection was down: changes may have been missed. */
  readonly onResumed: () => void;
  readonly later: (milliseconds: number, callback: () => void) => () => void;
}

/** The statement that a command tells all servers with; its parameter is a Notification as JSON. */
export const NOTIFY = `select pg_notify('${CHANNEL}', $1)`;

/** Listens until closed, over a connection of its own that is made again when it breaks. */
export function openNotifications({ connection, log, onChange, onResumed, later }: NotificationsDeps): Notifications {
  const self = randomUUID();
  let client: pg.Client | undefined;
  let cancel = () => {};
  let isClosed = false;
  let wasDown = false;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      ...(typeof connection === "string" ? { connectionString: connection } : connection),
      application_name: "cheeseshop changes",
      keepAlive: true,
    });
    fresh.on("error", () => {});
    fresh.once("end", reconnect);
    fresh.on("notification", ({ payload = "" }) => hear(payload));
    await fresh.connect();
    await fresh.query(`listen ${CHANNEL}`);
    client = fresh;
    if (wasDown) {
      log.info({}, "listening for changes of other servers again");
      onResumed();
    }
    wasDown = false;
  }

  function reconnect(): void {
    if (client !== undefined) wasDown = true;
    client = undefined;
    if (isClosed) return;
    cancel();
    cancel = later(RETRY, () => {
      connect().catch((error: unknown) => {
        if (!wasDown) log.warn({ error }, "cannot listen for changes of other servers, and tries again");
        wasDown = true;
        reconnect();
      });
    });
  }

  function hear(payload: string): void {
    const notification = parseNotification(payload);
    if (notification && notification.from !== self) onChange(notification.change);
  }

  connect().catch(reconnect);
  return {
    publish(change) {
      const told = client?.query(NOTIFY, [JSON.stringify({ from: self, change } satisfies Notification)]);
      told?.catch((error: unknown) => log.warn({ error }, "could not tell other servers of a change"));
    },
    async close() {
      isClosed = true;
      cancel();
      await client?.end().catch(() => {});
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
