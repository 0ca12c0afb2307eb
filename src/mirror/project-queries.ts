import "./tables.ts";
import { sql } from "kysely";
import type { ProjectStatus } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

/** A project of an upstream by its keys. */
export interface ProjectKey {
  readonly indexId: string;
  readonly name: string;
}

/** What is known of a project, without its files. */
export interface KnownProject {
  readonly state: "found" | "absent";
  readonly displayName: string;
  readonly status: ProjectStatus;
  readonly statusReason: string | null;
  readonly upstreamSerial: number | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** 0: it was never found. */
  readonly lastSerial: number;
  readonly checkedAt: Temporal.Instant;
  readonly freshUntil: Temporal.Instant;
  readonly failedAt: Temporal.Instant | null;
}

function selectProject(db: Db, { indexId, name }: ProjectKey) {
  return db
    .selectFrom("upstream_projects")
    .select([
      "state",
      "display_name as displayName",
      "status",
      "status_reason as statusReason",
      "upstream_serial as upstreamSerial",
      "etag",
      "last_modified as lastModified",
      "last_serial as lastSerial",
      "checked_at as checkedAt",
      "fresh_until as freshUntil",
      "failed_at as failedAt",
    ])
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name);
}

/** Leans on upstream_projects_pkey, as all that asks for one project. */
export function findProject(db: Db, key: ProjectKey): Promise<KnownProject | undefined> {
  return selectProject(db, key).executeTakeFirst();
}

/** When an answer was asked for, and until when it is believed. */
export interface Times {
  readonly checkedAt: Temporal.Instant;
  readonly freshUntil: Temporal.Instant;
}

/**
 * Locks the row of a project until the end of the transaction, and makes one (as if it had been absent) where there is none.
 * Undefined when the row is not as `before` any more: somebody else has asked meanwhile, and what they learned stands.
 */
export async function lockProject(
  trx: Db,
  key: ProjectKey,
  before: KnownProject | undefined,
  times: Times,
): Promise<KnownProject | undefined> {
  if (before === undefined) {
    const made = await trx
      .insertInto("upstream_projects")
      .values({
        index_id: key.indexId,
        normalized_name: key.name,
        state: "absent",
        display_name: key.name,
        first_seen_at: times.checkedAt,
        checked_at: times.checkedAt,
        fresh_until: times.freshUntil,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("index_id")
      .executeTakeFirst();
    return made && selectProject(trx, key).executeTakeFirst();
  }
  const row = await selectProject(trx, key).forUpdate().executeTakeFirst();
  return row?.checkedAt.equals(before.checkedAt) ? row : undefined;
}

export interface ProjectFacts {
  readonly displayName: string;
  readonly status: ProjectStatus;
  readonly statusReason: string | null;
  readonly upstreamSerial: number | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Writes what the upstream said of a project that it has. */
export async function saveFound(
  trx: Db,
  { indexId, name }: ProjectKey,
  facts: ProjectFacts,
  { checkedAt, freshUntil }: Times,
): Promise<void> {
  await trx
    .updateTable("upstream_projects")
    .set({
      state: "found",
      display_name: facts.displayName,
      status: facts.status,
      status_reason: facts.statusReason,
      upstream_serial: facts.upstreamSerial,
      etag: facts.etag,
      last_modified: facts.lastModified,
      // Seen means found: before that it was asked for in vain.
      first_seen_at: sql`case when last_serial = 0 then ${checkedAt}::timestamptz else first_seen_at end`,
      checked_at: checkedAt,
      fresh_until: freshUntil,
      failed_at: null,
      failure: null,
    })
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name)
    .execute();
}

/** Writes that the upstream has no such project. Its serial stays, lest an older page brings the project back. */
export async function saveAbsent(trx: Db, { indexId, name }: ProjectKey, times: Times): Promise<void> {
  await trx
    .updateTable("upstream_projects")
    .set({
      state: "absent",
      etag: null,
      last_modified: null,
      checked_at: times.checkedAt,
      fresh_until: times.freshUntil,
      failed_at: null,
      failure: null,
    })
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name)
    .execute();
}

/** The upstream says that nothing has changed since `before`. False when somebody else has asked meanwhile. */
export async function saveUnchanged(
  db: Db,
  { indexId, name }: ProjectKey,
  before: KnownProject,
  times: Times,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("upstream_projects")
    .set({ checked_at: times.checkedAt, fresh_until: times.freshUntil, failed_at: null, failure: null })
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name)
    .where("checked_at", "=", before.checkedAt)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The upstream could not be asked or believed. Nothing that pages list changes, only how they are marked. */
export async function saveFailure(
  db: Db,
  { indexId, name }: ProjectKey,
  before: KnownProject,
  failure: { readonly at: Temporal.Instant; readonly reason: string },
): Promise<void> {
  await db
    .updateTable("upstream_projects")
    .set({ failed_at: sql`coalesce(failed_at, ${failure.at}::timestamptz)`, failure: failure.reason })
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name)
    .where("checked_at", "=", before.checkedAt)
    .execute();
}

/**
 * Throws away some of the names that were asked for in vain and are not remembered any longer. Those that somebody is
 * looking at are left for later. Leans on upstream_projects_never_found.
 */
export async function deleteForgotten(db: Db, before: Temporal.Instant, limit: number): Promise<void> {
  await sql`
    delete from upstream_projects where (index_id, normalized_name) in (
      select index_id, normalized_name from upstream_projects
      where last_serial = 0 and fresh_until < ${before}::timestamptz
      order by fresh_until limit ${limit}::integer for update skip locked)`.execute(db);
}
