import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { quietLog } from "../../test/support/log.ts";
import type { Connection } from "../platform/db/pool.ts";
import { NOTIFY, type Notifications, openNotifications } from "./notifications.ts";

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

const opened: Notifications[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** One server's ear: what it heard, in order, and timers that go off when the test says so. */
function listener(connection: Connection, patience?: number) {
  const heard: unknown[] = [];
  const timers = new Set<() => void>();
  const waiting = new Set<() => void>();
  const note = (what: unknown) => {
    heard.push(what);
    for (const wake of waiting) wake();
  };
  const notifications = openNotifications({
    connection,
    log: quietLog,
    onChange: note,
    onResumed: () => note("resumed"),
    later: (_, callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    ...(patience !== undefined && { patience }),
  });
  opened.push(notifications);
  return {
    ...notifications,
    heard,
    fireTimers() {
      for (const fire of [...timers]) fire();
    },
    /** Resolves when so many things were heard; lets the timers go off meanwhile if told so. */
    async until(count: number, step: () => void = () => {}): Promise<void> {
      while (heard.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        step();
        await Promise.race([promise, new Promise(setImmediate)]);
        waiting.delete(resolve);
      }
    },
  };
}

const tell = (change: unknown) => database.pool.query(NOTIFY, [JSON.stringify({ change })]);

test("a server hears of others' changes and not of its own, and that it began to listen", async () => {
  const [one, other] = [listener(database.connection), listener(database.connection)];
  await Promise.all([one.until(1), other.until(1)]);
  one.publish({ from: "one" });
  await other.until(2);
  await tell({ from: "a command" });
  await Promise.all([one.until(2), other.until(3)]);
  expect(one.heard).toEqual(["resumed", { from: "a command" }]);
  expect(other.heard).toEqual(["resumed", { from: "one" }, { from: "a command" }]);
});

test("a connection that is cut is made again, and everything counts as missed", async () => {
  const server = listener(database.connection);
  await server.until(1);
  await database.setReachable(false);
  for (let attempt = 0; attempt < 20; attempt++) {
    server.fireTimers();
    await new Promise(setImmediate);
  }
  expect(server.heard).toEqual(["resumed"]);
  await database.setReachable(true);
  await server.until(2, server.fireTimers);
  await tell("again");
  await server.until(3);
  expect(server.heard).toEqual(["resumed", "resumed", "again"]);
});

test("a line that falls silent without a word is noticed by the next question, and made again", async () => {
  const line = await openLine();
  const server = listener({ ...database.connection, host: "127.0.0.1", port: line.port }, 200);
  await server.until(1);
  line.cut();
  await tell("lost");
  await server.until(2, server.fireTimers);
  await tell("heard");
  await server.until(3);
  expect(server.heard).toEqual(["resumed", "resumed", "heard"]);
  await line.close();
});

test("closing does not wait for a database that stands still", async () => {
  const line = await openLine();
  const server = listener({ ...database.connection, host: "127.0.0.1", port: line.port }, 60_000);
  await server.until(1);
  line.cut();
  server.fireTimers();
  await server.close();
  await line.close();
});

/** A way to the database that can swallow what is sent, as a firewall does that has forgotten a connection. */
async function openLine() {
  const { host, port } = database.connection;
  const sockets = new Set<Socket>();
  let cut = new WeakSet<Socket>();
  const server = createServer((near) => {
    const far = connect(host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => cut.has(from) || to.write(bytes));
      from.on("error", () => {}).on("close", () => cut.has(from) || to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    /** From now on nothing gets through on the connections that there are. */
    cut() {
      cut = new WeakSet(sockets);
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
