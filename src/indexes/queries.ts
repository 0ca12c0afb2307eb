import "./tables.ts";
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";
import { IndexNotFound } from "./errors.ts";
import type { Source } from "./sources.ts";

/** One index of this server: `main` answers at the root, any other under `/i/{name}/`. */
export interface Index {
  readonly id: string;
  readonly name: string;
  readonly kind: "hosted" | "mirror" | "union";
  /** Reading it needs an identity, because it, or something that it consists of, is private. */
  readonly isPrivate: boolean;
  readonly isVolatile: boolean;
  /** Where its projects come from, in order. */
  readonly sources: readonly Source[];
}

/** An index as it stands at this moment. */
export interface IndexState extends Index {
  /** Highest serial of its journal, 0 before the first change. */
  readonly lastSerial: number;
  readonly revision: number;
}

/** Leans on indexes_name_key. */
export function findIndex(db: Db, name: string): Promise<IndexState | undefined> {
  return selectIndexes(db).where("name", "=", name).executeTakeFirst();
}

/** Every index of this server, by name. */
export function listIndexes(db: Db): Promise<IndexState[]> {
  return selectIndexes(db).orderBy("name").execute();
}

function selectIndexes(db: Db) {
  // A union of itself and others holds projects of its own; a member that is a union stands for its members.
  const sources = sql`(
    with recursive sources (id, name, kind, is_private, path) as (
      select i.id, i.name, i.kind, i.is_private, array[]::integer[] from indexes i where i.id = indexes.id
      union all
      select i.id, i.name, case when i.id = s.id then 'hosted' else i.kind end, i.is_private, s.path || m.position
      from sources s join index_members m on m.union_id = s.id and s.kind = 'union' join indexes i on i.id = m.member_id
    )`;
  return db.selectFrom("indexes").select([
    "id",
    "name",
    "kind",
    // Nothing becomes public by being a part of something.
    sql<boolean>`${sources} select bool_or(is_private) from sources)`.as("isPrivate"),
    "is_volatile as isVolatile",
    "last_serial as lastSerial",
    "revision",
    sql<readonly Source[]>`${sources}
      select coalesce(json_agg(json_build_object('id', id, 'name', name, 'kind', kind) order by path), '[]')
      from sources where kind <> 'union')`.as("sources"),
  ]);
}

/** The same for an index that must be there. */
export async function getIndex(db: Db, name: string): Promise<IndexState> {
  const index = await findIndex(db, name);
  if (index === undefined) throw new IndexNotFound(name);
  return index;
}

/** Opens or closes an index to readers without an identity. Moves the revision, as every document's headers change. */
export async function setVisibility(db: Db, name: string, isPrivate: boolean): Promise<void> {
  await db
    .updateTable("indexes")
    .set({ is_private: isPrivate, revision: sql<number>`nextval('revisions')` })
    .where("name", "=", name)
    .where("is_private", "!=", isPrivate)
    .execute();
}

/** The id of this catalogue, part of every validator; a restore renews it. */
export async function getCatalogueId(db: Db): Promise<string> {
  return (await db.selectFrom("catalogue").select("id").executeTakeFirstOrThrow()).id;
}

/** The highest serial of what an index shows: its own journal's and those of all its sources. 0 before the first change. */
export async function readLastSerial(db: Db, { id, sources }: Pick<Index, "id" | "sources">): Promise<number> {
  const ids = [id, ...sources.map((source) => source.id)];
  const row = await db
    .selectFrom("indexes")
    .select((select) => select.fn.max("last_serial").as("serial"))
    .where("id", "=", sql<string>`any(${ids}::uuid[])`)
    .executeTakeFirst();
  return row?.serial ?? 0;
}
