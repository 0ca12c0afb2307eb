import type { Clock } from "../clock/clock.ts";
import type { Db } from "../db/pool.ts";
import type { Log } from "../log/log.ts";
import { scrub } from "../log/scrub.ts";
import { type ClaimedJob, claimJob, deleteJob, enqueueScheduled, failJob, renewLease, returnJob } from "./queries.ts";

export interface JobKind {
  /**
   * Does it. What it throws is an attempt that failed; figures that it returns are written to the log. `signal` asks it to
   * stop soon, at a point from which a later attempt can go on: it then throws `signal.reason`.
   */
  readonly run: (payload: unknown, signal: AbortSignal) => Promise<object | undefined>;
  /** Comes again after so many hours or less, once for all servers on the database, and first an hour after the first start. */
  readonly every?: Temporal.Duration;
}

export interface JobsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** By name. Jobs of other kinds are left to whoever knows them, such as a newer release. */
  readonly kinds: Readonly<Record<string, JobKind>>;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly later?: (milliseconds: number, callback: () => void) => () => void;
}

export interface Jobs {
  /** Does, one after the other, what is due now and what becomes due meanwhile; returns how many attempts were made. */
  work(): Promise<number>;
  /** Works until stopped: looks every five seconds, and does up to two jobs at once. */
  start(): void;
  /** Takes nothing new and asks what runs to stop. True when all had stopped within the limit; the rest is done by another process when its lease ends. */
  stop(limitMs: number): Promise<boolean>;
}

/** For how long a process that does not say it is alive keeps a job. Clocks of servers may differ by as much, without the renewals. */
const LEASE = Temporal.Duration.from({ minutes: 5 });
const RENEW_EVERY_MS = 60_000;
/** After so long a job is asked to stop, and its lease is not renewed any more. */
const LONGEST = Temporal.Duration.from({ hours: 6 });
/** With the pauses below about an hour. */
const ATTEMPTS = 8;
const FIRST_PAUSE_SECONDS = 30;
const FAILED_KEPT = 1000;
const LONGEST_ERROR = 2000;
const LOOK_EVERY_MS = 5_000;
const AT_ONCE = 2;
const FIRST_SCHEDULED = Temporal.Duration.from({ hours: 1 });
/** How often is asked whether a job comes again. */
const SCHEDULE_EVERY = Temporal.Duration.from({ minutes: 1 });

class Stopping extends Error {}

/** Does jobs, under leases: whatever happens to this process, another one does them again. */
export function createJobs({ db, clock, log, kinds, later = laterByTimer }: JobsDeps): Jobs {
  const names = Object.keys(kinds);
  const underWay = new Set<AbortController>();
  const pauses = new Set<() => void>();
  let hands: readonly Promise<void>[] = [];
  let isStopping = false;
  let nextSchedule = Temporal.Instant.fromEpochMilliseconds(0);

  async function schedule(): Promise<void> {
    const now = clock.now();
    if (Temporal.Instant.compare(now, nextSchedule) < 0) return;
    nextSchedule = now.add(SCHEDULE_EVERY);
    for (const [kind, { every }] of Object.entries(kinds)) {
      if (every) await enqueueScheduled(db, kind, { now, next: now.add(every), first: now.add(FIRST_SCHEDULED) });
    }
  }

  async function work(): Promise<number> {
    for (let count = 0; ; count++) {
      if (isStopping) return count;
      await schedule();
      const now = clock.now();
      const job = await claimJob(db, names, now, now.add(LEASE));
      if (job === undefined) return count;
      await attempt(job, now);
    }
  }

  async function attempt(job: ClaimedJob, began: Temporal.Instant): Promise<void> {
    const { id, kind, attempt } = job;
    const about = { job: id, kind, attempt, waitedSeconds: seconds(job.dueAt, began) };
    try {
      if (attempt > ATTEMPTS) {
        await giveUp(job, about, "the process that did it ended, or stood still for too long, at every attempt");
        return;
      }
      const controller = new AbortController();
      const outcome = await runLeased(job, began, controller);
      const took = { tookSeconds: seconds(began, clock.now()) };
      if ("figures" in outcome) {
        if (await deleteJob(db, job)) log.info({ ...about, ...took, ...outcome.figures }, `did ${kind}`);
        else log.warn({ ...about, ...took }, `did ${kind}, but so slowly that another process does it again`);
      } else if (controller.signal.reason instanceof Stopping) {
        await returnJob(db, job, { at: clock.now(), error: null, counts: false });
        log.info({ ...about, ...took }, `left ${kind} for later`);
      } else if (attempt === ATTEMPTS) {
        await giveUp(job, { ...about, ...took, err: outcome.error }, describe(outcome.error));
      } else {
        const at = clock.now().add({ seconds: FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) });
        await returnJob(db, job, { at, error: describe(outcome.error), counts: true });
        log.warn({ ...about, ...took, err: outcome.error }, `${kind} failed and is tried again at ${at}`);
      }
    } catch (error) {
      log.warn(
        { ...about, err: error },
        `could not write down what became of ${kind}: it is done again when its lease ends`,
      );
    }
  }

  async function giveUp(job: ClaimedJob, about: object, error: string): Promise<void> {
    await failJob(db, job, { at: clock.now(), error, keep: FAILED_KEPT });
    log.error(about, `${job.kind} failed ${ATTEMPTS} times and is given up: ${error}`);
  }

  async function runLeased(job: ClaimedJob, began: Temporal.Instant, controller: AbortController) {
    const { signal } = controller;
    underWay.add(controller);
    if (isStopping) controller.abort(new Stopping("the server stops"));
    let cancel = later(RENEW_EVERY_MS, () => void renew());
    let isOver = false;
    async function renew(): Promise<void> {
      const now = clock.now();
      if (Temporal.Instant.compare(now, began.add(LONGEST)) > 0) {
        controller.abort(new Error(`it takes longer than ${LONGEST.hours} hours`));
        return;
      }
      // While the database is away nobody else can claim it either.
      const isOurs = await renewLease(db, job, now.add(LEASE)).catch(() => true);
      if (isOver) return;
      if (isOurs) cancel = later(RENEW_EVERY_MS, () => void renew());
      else controller.abort(new Error("another process does it by now"));
    }
    try {
      return { figures: (await kinds[job.kind]?.run(job.payload, signal)) ?? {} };
    } catch (error) {
      return { error };
    } finally {
      isOver = true;
      cancel();
      underWay.delete(controller);
    }
  }

  async function hand(): Promise<void> {
    let isAway = false;
    while (!isStopping) {
      try {
        await work();
        isAway = false;
      } catch (error) {
        if (!isAway) log.warn({ err: error }, "cannot look for jobs, and tries again");
        isAway = true;
      }
      if (!isStopping) await pause(LOOK_EVERY_MS);
    }
  }

  /** Ends early when everything is to stop. */
  function pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = later(milliseconds, resolve);
    const wake = () => {
      cancel();
      resolve();
    };
    pauses.add(wake);
    return promise.finally(() => pauses.delete(wake));
  }

  return {
    work,
    start() {
      hands = Array.from({ length: AT_ONCE }, hand);
    },
    async stop(limitMs) {
      isStopping = true;
      for (const wake of pauses) wake();
      for (const controller of underWay) controller.abort(new Stopping("the server stops"));
      const { promise: late, resolve } = Promise.withResolvers<false>();
      const cancel = later(limitMs, () => resolve(false));
      const all = Promise.all(hands).then(() => true);
      return Promise.race([all, late]).finally(cancel);
    },
  };
}

function laterByTimer(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

function seconds(from: Temporal.Instant, to: Temporal.Instant): number {
  return to.since(from).round("milliseconds").total("seconds");
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return scrub(text).slice(0, LONGEST_ERROR);
}
