import "./tables.ts";
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";

/** A mirror index and what it mirrors. */
export interface Upstream {
  readonly index: string;
  /** May carry a user name and a password: never to be printed whole. */
  readonly url: string;
}

/** The address of a mirror's upstream. Leans on upstreams_pkey. */
export async function findUpstreamUrl(db: Db, indexId: string): Promise<string | undefined> {
  const row = await db.selectFrom("upstreams").select("url").where("index_id", "=", indexId).executeTakeFirst();
  return row?.url;
}

/** Every mirror of this server, by name. */
export async function listUpstreams(db: Db): Promise<readonly Upstream[]> {
  const { rows } = await sql<Upstream>`
    select i.name as index, u.url from upstreams u join indexes i on i.id = u.index_id order by i.name`.execute(db);
  return rows;
}

/**
 * Says what a mirror index mirrors. "changed" when it was another address before: what was known of that upstream is forgotten then,
 * since nothing says that this one agrees with it. To be called in a transaction.
 */
export async function setUpstream(trx: Db, indexId: string, url: string): Promise<"new" | "same" | "changed"> {
  const before = await trx
    .selectFrom("upstreams")
    .select("url")
    .where("index_id", "=", indexId)
    .forUpdate()
    .executeTakeFirst();
  if (before?.url === url) return "same";
  await trx
    .insertInto("upstreams")
    .values({ index_id: indexId, url })
    .onConflict((conflict) => conflict.column("index_id").doUpdateSet({ url }))
    .execute();
  if (before === undefined) return "new";
  if (placeOf(before.url) === placeOf(url)) return "same";
  await trx.deleteFrom("upstream_projects").where("index_id", "=", indexId).execute();
  return "changed";
}

/** Another user or password is no other upstream. */
function placeOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
