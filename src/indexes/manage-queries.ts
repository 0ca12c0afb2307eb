import "./tables.ts";
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";
import type { Index } from "./queries.ts";

export interface NewIndex {
  readonly name: string;
  readonly kind: Index["kind"];
  readonly isPrivate: boolean;
  readonly isVolatile: boolean;
  readonly keepDevelopmentReleases: number | null;
}

/** Undefined when there is one of that name. */
export async function insertIndex(db: Db, index: NewIndex): Promise<string | undefined> {
  const row = await db
    .insertInto("indexes")
    .values({
      name: index.name,
      kind: index.kind,
      is_private: index.isPrivate,
      is_volatile: index.isVolatile,
      keep_development_releases: index.keepDevelopmentReleases,
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning("id")
    .executeTakeFirst();
  return row?.id;
}

/** Members of a union in their order, in place of those before. */
export async function replaceMembers(db: Db, unionId: string, memberIds: readonly string[]): Promise<void> {
  await db.deleteFrom("index_members").where("union_id", "=", unionId).execute();
  const rows = memberIds.map((id, position) => ({ union_id: unionId, member_id: id, position }));
  if (rows.length > 0) await db.insertInto("index_members").values(rows).execute();
}

/** Whether an index is reached from another one through members of unions, itself included. */
export async function reaches(db: Db, fromId: string, toId: string): Promise<boolean> {
  const { rows } = await sql`
    with recursive reached (id) as (
      select ${fromId}::uuid
      union
      select m.member_id from reached r join index_members m on m.union_id = r.id
    )
    select from reached where id = ${toId}::uuid`.execute(db);
  return rows.length > 0;
}

/** Whoever else wants to change what this index consists of waits until the transaction ends. */
export async function lockIndex(trx: Db, name: string): Promise<void> {
  await trx.selectFrom("indexes").select("id").where("name", "=", name).forUpdate().execute();
}

/** Whether an index itself was made private, whatever it consists of. */
export async function isMadePrivate(db: Db, indexId: string): Promise<boolean> {
  const row = await db
    .selectFrom("indexes")
    .select("is_private as isPrivate")
    .where("id", "=", indexId)
    .executeTakeFirst();
  return row?.isPrivate ?? false;
}

export async function setKind(db: Db, indexId: string, kind: Index["kind"]): Promise<void> {
  await db.updateTable("indexes").set({ kind }).where("id", "=", indexId).where("kind", "!=", kind).execute();
}

/** Direct members of a union, in order. */
export async function listMembers(db: Db, unionId: string): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom("index_members as m")
    .innerJoin("indexes as i", "i.id", "m.member_id")
    .select(["i.id", "i.name"])
    .where("m.union_id", "=", unionId)
    .orderBy("m.position")
    .execute();
}
