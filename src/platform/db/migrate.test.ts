import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { temporaryDatabase } from "../../../test/support/database.ts";
import { compare, type Migration, MigrationFailed, migrate, readMigrations } from "./migrate.ts";

const database = await temporaryDatabase();
afterAll(() => database.drop());

/** Numbers above those of the template's own migrations. */
const first = {
  name: "9001-shelves.sql",
  sql: "create table shelves (label text); insert into shelves values ('top')",
  checksum: "a",
};
const second = { name: "9002-labels.sql", sql: "alter table shelves add column width int", checksum: "b" };

let own: readonly Migration[] = [];
beforeEach(async () => {
  const { rows } = await database.pool.query<{ name: string; checksum: string }>(
    "select name, checksum from migrations",
  );
  own = rows.map(({ name, checksum }) => ({ name, checksum, sql: "" }));
});
afterEach(async () => {
  await database.pool.query("drop table if exists shelves; delete from migrations where name like '9%'");
});

test("missing files are applied in order, told one by one, and not applied twice", async () => {
  const told: string[] = [];
  await expect(migrate(database.pool, [...own, first, second], (name) => told.push(name))).resolves.toEqual({
    applied: [first.name, second.name],
    newer: [],
  });
  expect(told).toEqual([first.name, second.name]);
  await expect(migrate(database.pool, [...own, first, second])).resolves.toEqual({ applied: [], newer: [] });
  await expect(database.pool.query("select label, width from shelves")).resolves.toMatchObject({ rowCount: 1 });
});

test("a file that fails leaves nothing behind, and the files before it stay", async () => {
  const broken = { ...second, sql: "alter table shelves add column width int;\nselect nonsense;" };
  const migrating = migrate(database.pool, [...own, first, broken]);
  await expect(migrating).rejects.toThrow('9002-labels.sql was not applied: column "nonsense" does not exist (line 2)');
  await expect(database.pool.query("select width from shelves")).rejects.toThrow('column "width" does not exist');
  await expect(database.pool.query("select label from shelves")).resolves.toMatchObject({ rowCount: 1 });
});

test("programs that start at the same moment apply each file once", async () => {
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => migrate(database.pool, [...own, first, second])));
  expect(outcomes.flatMap(({ applied }) => applied).sort()).toEqual([first.name, second.name]);
});

test("a table that somebody holds ends the migration instead of queueing everyone behind it", async () => {
  await migrate(database.pool, [...own, first]);
  const holder = await database.pool.connect();
  try {
    await holder.query("begin; lock table shelves");
    // The file may shorten its own wait, as this test does.
    const impatient = { ...second, sql: `set local lock_timeout = '50ms'; ${second.sql}` };
    await expect(migrate(database.pool, [...own, first, impatient])).rejects.toThrow("lock timeout");
  } finally {
    await holder.query("rollback");
    holder.release();
  }
});

test("an applied file that was edited is refused by its name", () => {
  expect(() => compare([{ ...first, checksum: "other" }], new Map([[first.name, "a"]]))).toThrow(MigrationFailed);
  expect(() => compare([{ ...first, checksum: "other" }], new Map([[first.name, "a"]]))).toThrow(
    /^9001-shelves\.sql is not the file/,
  );
});

test("a file whose number is below an applied one is refused: it was never tried in this order", () => {
  expect(() => compare([first, second], new Map([[second.name, "b"]]))).toThrow(
    /^9001-shelves\.sql comes before 9002-labels\.sql/,
  );
});

test("what a newer release applied is reported, not refused: the release before it must go on running", () => {
  expect(
    compare(
      [first],
      new Map([
        [first.name, "a"],
        [second.name, "b"],
      ]),
    ),
  ).toEqual({ missing: [], newer: [second.name] });
});

test("only numbered SQL files are migrations, sorted, with the digest of their bytes; a number is used once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "migrations-"));
  try {
    for (const name of ["0002-b.sql", "0001-a.sql", "README.md", "0003_c.sql", "0003-c.sql.orig"]) {
      await writeFile(join(folder, name), "select 1;\n");
    }
    const found = await readMigrations(folder);
    expect(found.map(({ name }) => name)).toEqual(["0001-a.sql", "0002-b.sql"]);
    expect(found[0]?.checksum).toBe("4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c");
    await writeFile(join(folder, "0002-other.sql"), "select 2;");
    await expect(readMigrations(folder)).rejects.toThrow("Two migrations have the number of 0002-other.sql");
  } finally {
    await rm(folder, { recursive: true });
  }
});
