import { type AddressInfo, connect, createServer } from "node:net";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../../test/support/database.ts";
import { inOneTransaction } from "./one-transaction.ts";
import { createDb, createPool } from "./pool.ts";
import { run, statement } from "./statement.ts";

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
  await database.pool.query("create table shelf (label text primary key)");
});
afterAll(() => database.drop());

const put = (label: string) => statement`insert into shelf (label) values (${label})`;
const labels = async () =>
  (await run(database.db, statement<{ label: string }>`select label from shelf order by label`)).map(
    (row) => row.label,
  );

/** The test's database through a socket that shows what is sent there, as it arrives. */
async function watchedConnection(see: (piece: Buffer) => void) {
  const { connection } = database;
  if (typeof connection === "string") throw new Error("the test's database is named by its parts");
  const server = createServer((client) => {
    const { host = "127.0.0.1", port = 5432 } = connection;
    const backend = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    client.on("data", see).pipe(backend);
    backend.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    connection: { ...connection, host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("what was sent is there after commit, and rows come back in the order of the statements", async () => {
  const result = await inOneTransaction(database.db, async (transaction) => {
    const [, rows] = await transaction.send(put("brie"), statement<{ one: number }>`select ${1}::int as one`);
    const [more] = await transaction.send(statement<{ two: number }>`select ${2}::int as two`);
    await transaction.commit(put("comté"));
    return [...rows, ...more];
  });
  expect(result).toEqual([{ one: 1 }, { two: 2 }]);
  expect(await labels()).toEqual(["brie", "comté"]);
});

test("without commit nothing remains", async () => {
  expect(await inOneTransaction(database.db, ({ send }) => send(put("gouda")))).toEqual([[]]);
  const failing = inOneTransaction(database.db, async ({ send }) => {
    await send(put("edam"));
    throw new Error("changed my mind");
  });
  await expect(failing).rejects.toThrow("changed my mind");
  expect(await labels()).not.toContain("gouda");
  expect(await labels()).not.toContain("edam");
});

test.each([
  ["before the last message", [put("feta"), put("feta"), put("ricotta")], []],
  ["together with commit", [], [put("feta"), put("feta"), put("ricotta")]],
])("a statement that fails %s says why, and takes all others with it", async (_, first, last) => {
  const failing = inOneTransaction(database.db, async ({ send, commit }) => {
    await send(...first);
    await commit(...last);
  });
  await expect(failing).rejects.toMatchObject({ code: "23505" });
  expect(await labels()).not.toContain("feta");
  expect(await labels()).not.toContain("ricotta");
});

test("after commit nothing can be sent", async () => {
  const late = inOneTransaction(database.db, async ({ send, commit }) => {
    await send();
    await commit();
    await send(put("late"));
  });
  await expect(late).rejects.toThrow("over");
  expect(await labels()).not.toContain("late");
});

test("its connection goes back, also after a failure, and works with Kysely and with COPY", async () => {
  const pool = createPool(database.connection, { max: 1 });
  const db = createDb(pool);
  try {
    await expect(inOneTransaction(db, ({ send }) => send(statement`select 1 / 0`))).rejects.toThrow("division");
    await inOneTransaction(db, async ({ send, commit }) => {
      await send(put("maasdam"));
      await commit();
    });
    const { rows } = await sql<{ count: number }>`select count(*) from shelf where label = 'maasdam'`.execute(db);
    expect(rows).toEqual([{ count: 1 }]);
    const client = await pool.connect();
    expect(client.pipeline).toBe(false);
    client.release();
  } finally {
    await pool.end();
  }
});

test("a connection that breaks in the middle is an error, and the next transaction has another", async () => {
  const pool = createPool(database.connection, { max: 1 });
  const db = createDb(pool);
  try {
    const broken = inOneTransaction(db, async ({ send, commit }) => {
      const [[row]] = await send(statement<{ pid: number }>`select pg_backend_pid() as pid`);
      await database.pool.query("select pg_terminate_backend($1)", [row?.pid]);
      await commit(put("lost"));
    });
    await expect(broken).rejects.toMatchObject({ status: 503 });
    expect(await labels()).not.toContain("lost");
    await expect(inOneTransaction(db, ({ send }) => send(statement`select 1`))).resolves.toHaveLength(1);
  } finally {
    await pool.end();
  }
});

test("statements do not wait for the answers of those before them, nor do BEGIN and COMMIT", async () => {
  const pieces: string[] = [];
  await using watched = await watchedConnection((piece) => pieces.push(piece.toString("latin1")));
  const pool = createPool(watched.connection, { max: 1 });
  const db = createDb(pool);
  try {
    await run(db, statement`select 1`);
    pieces.length = 0;
    await inOneTransaction(db, async ({ send, commit }) => {
      await send(put("a"), put("b"), put("c"));
      await commit(put("d"), put("e"));
    });
    const sent = [...pieces];
    expect(sent).toEqual([expect.stringMatching(/begin.*insert/s), expect.stringMatching(/commit\0$/)]);
  } finally {
    await pool.end();
  }
});

test("what stands in a template is never text of the statement", async () => {
  const evil = "'); drop table shelf; --";
  expect(put(evil)).toEqual({ text: "insert into shelf (label) values ($1)", values: [evil] });
});
