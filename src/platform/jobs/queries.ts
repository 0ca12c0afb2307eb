import "./tables.ts";
import { sql } from "kysely";
import type { Db } from "../db/pool.ts";

/** One attempt at a job. */
export interface Attempt {
  readonly id: number;
  /** Counts from 1. Only the newest attempt at a job may change its row. */
  readonly attempt: number;
}

export interface ClaimedJob extends Attempt {
  readonly kind: string;
  readonly payload: unknown;
  /** Since when it could have been claimed. */
  readonly dueAt: Temporal.Instant;
}

export interface EnqueueOptions {
  /** Not before; at once unless told. */
  readonly runAt?: Temporal.Instant;
  /** While a job of this kind and key waits, another one is only a reason to run that one at the earlier of both moments. */
  readonly dedupeKey?: string;
}

/**
 * Leaves work for later, inside the caller's transaction if `db` is one. `kind` is up to 100 characters, the payload an
 * object of up to 64 KiB as JSON, the key up to 500 characters. A job may run twice, also at the same time, when the
 * process that ran it dies or stands still: whatever it does must bear that.
 */
export async function enqueueJob(db: Db, kind: string, payload: object, options: EnqueueOptions = {}): Promise<void> {
  const { runAt = null, dedupeKey = null } = options;
  await sql`
    insert into jobs (kind, payload, dedupe_key, claimable_at)
    values (${kind}, ${JSON.stringify(payload)}::jsonb, ${dedupeKey}, coalesce(${runAt}::timestamptz, now()))
    on conflict (kind, dedupe_key) where state = 'waiting'
    do update set claimable_at = least(jobs.claimable_at, excluded.claimable_at)`.execute(db);
}

/**
 * Enqueues a job of that kind if its time has come, and says when it comes next. Of several servers that ask at once one
 * does so. A kind that is new here waits until `first`.
 */
export async function enqueueScheduled(
  db: Db,
  kind: string,
  { now, next, first }: { readonly [moment in "now" | "next" | "first"]: Temporal.Instant },
): Promise<void> {
  await sql`insert into job_schedules (kind, next_at) values (${kind}, ${first}) on conflict do nothing`.execute(db);
  await sql`
    with due as (
      update job_schedules set next_at = ${next} where kind = ${kind} and next_at <= ${now} returning kind
    )
    insert into jobs (kind, dedupe_key, claimable_at) select kind, 'scheduled', ${now} from due
    on conflict (kind, dedupe_key) where state = 'waiting' do nothing`.execute(db);
}

/**
 * Takes the job that has been due for longest, of those kinds, until `leaseEnd`. What another process is just claiming is
 * passed over, and so is what has the key of a job that is running. Leans on jobs_claimable and jobs_running_key.
 */
export async function claimJob(
  db: Db,
  kinds: readonly string[],
  now: Temporal.Instant,
  leaseEnd: Temporal.Instant,
): Promise<ClaimedJob | undefined> {
  const { rows } = await sql<ClaimedJob>`
    with due as (
      select id, claimable_at from jobs
      where state <> 'failed' and claimable_at <= ${now} and kind = any(${kinds}) and not exists (
        select from jobs as other
        where other.state = 'running' and other.claimable_at > ${now}
          and other.kind = jobs.kind and other.dedupe_key = jobs.dedupe_key
      )
      order by claimable_at limit 1 for update skip locked
    )
    update jobs set state = 'running', attempts = attempts + 1, claimable_at = ${leaseEnd}
    from due where jobs.id = due.id
    returning jobs.id, jobs.kind, jobs.payload, jobs.attempts as attempt, due.claimable_at as "dueAt"`.execute(db);
  return rows[0];
}

/** False when the attempt is not the newest any more. */
export async function renewLease(db: Db, { id, attempt }: Attempt, leaseEnd: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("jobs")
    .set({ claimable_at: leaseEnd })
    .where("id", "=", id)
    .where("attempts", "=", attempt)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The job is done. False when the attempt is not the newest any more. */
export async function deleteJob(db: Db, { id, attempt }: Attempt): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("jobs")
    .where("id", "=", id)
    .where("attempts", "=", attempt)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Lets it wait again; where another one with its key waits by now, that one is enough. `counts`: false for an attempt that nothing speaks against. */
export async function returnJob(
  db: Db,
  { id, attempt }: Attempt,
  { at, error, counts }: { readonly at: Temporal.Instant; readonly error: string | null; readonly counts: boolean },
): Promise<void> {
  await sql`
    with returned as (
      update jobs set state = 'waiting', claimable_at = ${at}, attempts = attempts - ${counts ? 0 : 1}, error = ${error}
      where id = ${id} and attempts = ${attempt} and state = 'running' and not exists (
        select from jobs as other
        where other.state = 'waiting' and other.kind = jobs.kind and other.dedupe_key = jobs.dedupe_key
      )
      returning id
    )
    delete from jobs where id = ${id} and attempts = ${attempt} and state = 'running' and not exists (select from returned)`.execute(
    db,
  );
}

/** Keeps it as failed, with the last `keep` that failed. */
export async function failJob(
  db: Db,
  { id, attempt }: Attempt,
  { at, error, keep }: { readonly at: Temporal.Instant; readonly error: string; readonly keep: number },
): Promise<void> {
  await sql`
    update jobs set state = 'failed', failed_at = ${at}, error = ${error}
    where id = ${id} and attempts = ${attempt} and state = 'running'`.execute(db);
  await sql`
    delete from jobs where id in (
      select id from jobs where state = 'failed' order by failed_at desc, id desc offset ${keep}
    )`.execute(db);
}

export interface ListedJob {
  readonly id: number;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: "waiting" | "running" | "failed";
  readonly attempts: number;
  /** Due, lost, or failed at this moment. */
  readonly at: Temporal.Instant;
  readonly error: string | null;
}

/** Failed ones first, then what runs, then what waits in the order of its time; up to `limit`. For people. */
export async function listJobs(db: Db, limit: number): Promise<readonly ListedJob[]> {
  const { rows } = await sql<ListedJob>`
    select id, kind, payload, state, attempts, coalesce(failed_at, claimable_at) as at, error from jobs
    order by state, at, id limit ${limit}`.execute(db);
  return rows;
}

/** How many there are in each state. */
export async function countJobs(db: Db): Promise<Readonly<Record<ListedJob["state"], number>>> {
  const { rows } = await sql<{ state: ListedJob["state"]; count: number }>`
    select state, count(*) as count from jobs group by state`.execute(db);
  return { waiting: 0, running: 0, failed: 0, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
}

/** Lets failed ones wait again as if they were new: those with these numbers, or all. Returns how many. */
export async function retryFailed(db: Db, ids: readonly number[] | "all", now: Temporal.Instant): Promise<number> {
  const chosen = ids === "all" ? sql`true` : sql`id = any(${ids})`;
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ kind: string; payload: object; key: string | null }>`
      delete from jobs where state = 'failed' and ${chosen} returning kind, payload, dedupe_key as key`.execute(trx);
    for (const { kind, payload, key } of rows) {
      await enqueueJob(trx, kind, payload, { runAt: now, ...(key !== null && { dedupeKey: key }) });
    }
    return rows.length;
  });
}
