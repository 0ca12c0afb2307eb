import { sql } from "kysely";
import { afterAll, expect, test } from "vitest";
import { temporaryDatabase } from "../../../test/support/database.ts";
import { createDb, createPool } from "./pool.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());

async function one(statement: ReturnType<typeof sql<{ value: unknown }>>): Promise<unknown> {
  return (await statement.execute(database.db)).rows[0]?.value;
}

test("an instant comes back with the microseconds it went in with", async () => {
  const instant = Temporal.Instant.from("2024-02-29T23:59:59.123456Z");
  const value = await one(sql`select ${instant}::timestamptz as value`);
  expect(value).toBeInstanceOf(Temporal.Instant);
  expect(String(value)).toBe("2024-02-29T23:59:59.123456Z");
});

test("nanoseconds are cut, so that a stored instant is never later than the one it was made from", async () => {
  const instant = Temporal.Instant.from("2024-01-01T00:00:00.123456999Z");
  expect(String(await one(sql`select ${instant}::timestamptz as value`))).toBe("2024-01-01T00:00:00.123456Z");
});

test("the session's time zone does not change what is read", async () => {
  const pool = createPool(database.connection, { max: 1 });
  try {
    await pool.query("set timezone = 'Asia/Kathmandu'");
    const { rows } = await pool.query("select '2024-01-01 00:00:00.5+00'::timestamptz as value");
    expect(String(rows[0].value)).toBe("2024-01-01T00:00:00.5Z");
  } finally {
    await pool.end();
  }
});

test("arrays of instants and integers work both ways, nulls included", async () => {
  const instants = ["2024-01-01T00:00:00.000001Z", "1999-12-31T23:59:59Z"].map((text) => Temporal.Instant.from(text));
  const { rows } = await sql<{ instants: unknown[]; integers: unknown[] }>`
    select ${instants}::timestamptz[] as instants, ${[1, null, 2 ** 40]}::bigint[] as integers`.execute(database.db);
  expect(rows[0]?.instants.map(String)).toEqual(instants.map(String));
  expect(rows[0]?.integers).toEqual([1, null, 2 ** 40]);
});

test.for([
  ["9007199254740991", 9007199254740991],
  ["-9007199254740991", -9007199254740991],
])("the bigint %s is a number", async ([text, number]) => {
  expect(await one(sql`select ${text}::bigint as value`)).toBe(number);
});

test("a bigint that a number cannot hold is an error, not another number", async () => {
  await expect(one(sql`select 9007199254740993::bigint as value`)).rejects.toThrow(RangeError);
});

test("a statement with the same text is prepared once per connection, and transaction commands not at all", async () => {
  const pool = createPool(database.connection, { max: 1 });
  const db = createDb(pool);
  for (const value of [1, 2, 3]) {
    await db.transaction().execute((transaction) => sql`select ${value}::int as value`.execute(transaction));
  }
  const { rows } = await pool.query(
    "select statement, generic_plans + custom_plans as uses from pg_prepared_statements",
  );
  expect(rows).toEqual([{ statement: "select $1::int as value", uses: 3 }]);
  await pool.end();
});

test("a prepared plan that a schema change made useless costs one statement, then works again", async () => {
  const pool = createPool(database.connection, { max: 1 });
  const db = createDb(pool);
  await pool.query("create table shelf (label int)");
  await sql`select * from shelf`.execute(db);
  await pool.query("alter table shelf alter column label type text");
  await expect(sql`select * from shelf`.execute(db)).rejects.toThrow("cached plan must not change result type");
  await expect(sql`select * from shelf`.execute(db)).resolves.toMatchObject({ rows: [] });
  await pool.end();
});

test("a connection that breaks while idle is reported and replaced", async () => {
  const lost = Promise.withResolvers<Error>();
  const pool = createPool(database.connection, { max: 1, onConnectionLost: lost.resolve });
  const { rows } = await pool.query<{ pid: number }>("select pg_backend_pid() as pid");
  await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  expect((await lost.promise).message).toContain("terminating connection");
  await expect(pool.query("select 1 as one")).resolves.toMatchObject({ rows: [{ one: 1 }] });
  await pool.end();
});

test("a connection that breaks in the middle of a transaction fails that transaction only", async () => {
  const pool = createPool(database.connection, { max: 1 });
  const db = createDb(pool);
  const broken = db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
    await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    await sql`select 1`.execute(transaction);
  });
  await expect(broken).rejects.toThrow();
  await expect(sql`select 1 as one`.execute(db)).resolves.toMatchObject({ rows: [{ one: 1 }] });
  await pool.end();
});

test("a statement that runs too long is ended by the server", async () => {
  const pool = createPool(database.connection, { max: 1, statementTimeout: 20 });
  await expect(pool.query("select pg_sleep(10)")).rejects.toThrow("statement timeout");
  await pool.end();
});
