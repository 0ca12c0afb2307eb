import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../../test/support/database.ts";
import { recordingLog } from "../../../test/support/log.ts";
import { createJobs, type JobKind } from "./create-jobs.ts";
import { claimJob, countJobs, enqueueJob, failJob, listJobs, renewLease, retryFailed } from "./queries.ts";

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

const START = Temporal.Instant.from("2026-05-04T10:00:00Z");
let now = START;
const pass = (duration: Temporal.DurationLike) => {
  now = now.add(duration);
};
beforeEach(async () => {
  now = START;
  await database.pool.query("delete from jobs");
  await database.pool.query("delete from job_schedules");
});

interface Timer {
  readonly milliseconds: number;
  readonly callback: () => void;
}

/** A server's runner whose timers go off when a test says so. */
function server(kinds: Record<string, JobKind | JobKind["run"]>) {
  const { log, lines } = recordingLog();
  const timers = new Set<Timer>();
  const jobs = createJobs({
    db: database.db,
    clock: { now: () => now },
    log,
    kinds: Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [name, typeof kind === "function" ? { run: kind } : kind]),
    ),
    later(milliseconds, callback) {
      const timer = { milliseconds, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  });
  return { ...jobs, timers, lines };
}

const enqueue = (kind: string, payload: object = {}, options: { in?: Temporal.DurationLike; key?: string } = {}) =>
  enqueueJob(database.db, kind, payload, {
    runAt: now.add(options.in ?? { seconds: 0 }),
    ...(options.key !== undefined && { dedupeKey: options.key }),
  });
const list = () => listJobs(database.db, 100);
const minutes = (count: number) => ({ minutes: count });

test("a job is done with its payload when its time has come, in the order of their times, and is then gone", async () => {
  const done: unknown[] = [];
  const { work, lines } = server({
    age: async (payload) => {
      done.push(payload);
      return { turned: 3 };
    },
  });
  await enqueue("age", { cheese: "brie" }, { in: minutes(10) });
  await enqueue("age", { cheese: "comté" }, { in: minutes(5) });
  await enqueue("age", { cheese: "gouda" }, { in: minutes(20) });
  expect(await work()).toBe(0);
  pass(minutes(10));
  expect(await work()).toBe(2);
  expect(done).toEqual([{ cheese: "comté" }, { cheese: "brie" }]);
  expect(lines[0]).toMatchObject({
    level: "info",
    message: "did age",
    fields: { kind: "age", attempt: 1, waitedSeconds: 300, turned: 3 },
  });
  expect(await countJobs(database.db)).toEqual({ waiting: 1, running: 0, failed: 0 });
});

test("a job exists when the transaction that left it is committed, and not otherwise", async () => {
  const { work } = server({ age: async () => undefined });
  const leave = (isSound: boolean) =>
    database.db.transaction().execute(async (trx) => {
      await enqueueJob(trx, "age", {}, { runAt: now });
      if (!isSound) throw new Error("mould");
    });
  await expect(leave(false)).rejects.toThrow("mould");
  expect(await work()).toBe(0);
  await leave(true);
  expect(await work()).toBe(1);
});

test("a job whose moment is not told is due at once", async () => {
  await enqueueJob(database.db, "age", {});
  now = Temporal.Now.instant().add({ seconds: 1 });
  expect(await server({ age: async () => undefined }).work()).toBe(1);
});

test("a kind that this program does not know is left alone", async () => {
  await enqueue("from-the-future");
  expect(await server({ age: async () => undefined }).work()).toBe(0);
  expect(await list()).toMatchObject([{ kind: "from-the-future", state: "waiting", attempts: 0 }]);
});

test("each of a hundred jobs is done once by four servers at the same time", async () => {
  const done: unknown[] = [];
  const servers = Array.from({ length: 4 }, () =>
    server({
      age: async (payload) => {
        done.push(payload);
        return undefined;
      },
    }),
  );
  for (let number = 0; number < 100; number++) await enqueue("age", { number });
  const counts = await Promise.all(servers.map(({ work }) => work()));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100);
  expect(new Set(done.map((payload) => JSON.stringify(payload))).size).toBe(100);
  expect(done).toHaveLength(100);
});

test("what fails is tried again after growing pauses, eight times, and then kept with its error until someone wants it again", async () => {
  let attempts = 0;
  const { work, lines } = server({
    age: async () => {
      attempts++;
      throw new Error(`too warm, ${attempts}`);
    },
  });
  await enqueue("age", { cheese: "brie" }, { key: "brie" });
  const pauses: number[] = [];
  for (let attempt = 1; attempt < 8; attempt++) {
    expect(await work()).toBe(1);
    const [waiting] = await list();
    if (waiting === undefined) throw new Error("the job is gone");
    expect(waiting).toMatchObject({ state: "waiting", attempts: attempt, error: `too warm, ${attempt}` });
    pauses.push(waiting.at.since(now).total("seconds"));
    now = waiting.at.subtract({ seconds: 1 });
    expect(await work()).toBe(0);
    now = waiting.at;
  }
  expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1920]);
  expect(await work()).toBe(1);
  expect(await list()).toMatchObject([{ state: "failed", attempts: 8, error: "too warm, 8" }]);
  expect(lines.map(({ level }) => level)).toEqual([...Array.from({ length: 7 }, () => "warn"), "error"]);
  pass({ hours: 48 });
  expect(await work()).toBe(0);

  expect(await retryFailed(database.db, [-1], now)).toBe(0);
  expect(await retryFailed(database.db, "all", now)).toBe(1);
  expect(await list()).toMatchObject([{ kind: "age", payload: { cheese: "brie" }, state: "waiting", attempts: 0 }]);
  expect(await work()).toBe(1);
});

test("of failed jobs the last ones are kept", async () => {
  for (let number = 0; number < 5; number++) {
    await enqueue("age", { number });
    const job = await claimJob(database.db, ["age"], now, now.add(minutes(5)));
    if (job === undefined) throw new Error("nothing to claim");
    pass(minutes(1));
    await failJob(database.db, job, { at: now, error: "mould", keep: 2 });
  }
  expect((await list()).map(({ payload }) => payload)).toEqual([{ number: 3 }, { number: 4 }]);
});

test("what a process that died was doing is done by another one when the lease ends, and not before", async () => {
  await enqueue("age");
  expect(await claimJob(database.db, ["age"], now, now.add(minutes(5)))).toMatchObject({ attempt: 1 });
  const { work } = server({ age: async () => undefined });
  pass({ minutes: 4, seconds: 59 });
  expect(await work()).toBe(0);
  pass({ seconds: 1 });
  expect(await work()).toBe(1);
  expect(await list()).toEqual([]);
});

test("a job that ends every process that does it is given up after eight of them", async () => {
  await enqueue("age");
  for (let death = 0; death < 8; death++) {
    expect(await claimJob(database.db, ["age"], now, now.add(minutes(5)))).toBeDefined();
    pass(minutes(5));
  }
  const { work } = server({
    age: () => {
      throw new Error("this would end the process");
    },
  });
  await work();
  expect(await list()).toMatchObject([{ state: "failed", error: expect.stringContaining("at every attempt") }]);
});

test("a lease is renewed while the job runs; who has lost it is asked to stop and changes nothing any more", async () => {
  await enqueue("age");
  const begun = Promise.withResolvers<AbortSignal>();
  const end = Promise.withResolvers<undefined>();
  const slow = server({
    age: (_, signal) => {
      begun.resolve(signal);
      return end.promise;
    },
  });
  const working = slow.work();
  const signal = await begun.promise;
  const renewed = async () => {
    pass(minutes(1));
    const [timer] = slow.timers;
    if (timer === undefined) throw new Error("nothing is to be renewed");
    slow.timers.delete(timer);
    timer.callback();
    await expect.poll(() => slow.timers.size > 0 || signal.aborted).toBe(true);
  };
  for (let minute = 0; minute < 30; minute++) await renewed();
  expect(await server({ age: async () => undefined }).work()).toBe(0);

  // The process stands still for longer than its lease.
  pass(minutes(10));
  const thief = await claimJob(database.db, ["age"], now, now.add(minutes(5)));
  expect(thief).toMatchObject({ attempt: 2 });
  expect(signal.aborted).toBe(false);
  await renewed();
  expect(signal.aborted).toBe(true);
  end.resolve(undefined);
  await working;
  expect(await list()).toMatchObject([{ state: "running", attempts: 2 }]);
  expect(slow.lines).toMatchObject([{ level: "warn" }]);
  if (thief) expect(await renewLease(database.db, thief, now)).toBe(true);
});

test("a job that takes six hours is asked to stop, and its lease runs out", async () => {
  await enqueue("age");
  const begun = Promise.withResolvers<undefined>();
  const { work, timers } = server({
    age: (_, signal) => {
      begun.resolve(undefined);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  const working = work();
  await begun.promise;
  pass({ hours: 6, seconds: 1 });
  for (const { callback } of timers) callback();
  await working;
  expect(await list()).toMatchObject([{ state: "waiting", attempts: 1, error: "it takes longer than 6 hours" }]);
});

test("of jobs with the same key one waits, at the earlier moment; another one may wait while it runs", async () => {
  await enqueue("age", { turn: 1 }, { key: "brie", in: minutes(10) });
  await enqueue("age", { turn: 2 }, { key: "brie", in: minutes(5) });
  await enqueue("age", { turn: 3 }, { key: "brie", in: minutes(20) });
  await enqueue("age", { turn: 4 }, { key: "comté", in: minutes(30) });
  expect(await list()).toMatchObject([
    { payload: { turn: 1 }, at: now.add(minutes(5)) },
    { payload: { turn: 4 }, at: now.add(minutes(30)) },
  ]);
  pass(minutes(5));
  const done: unknown[] = [];
  const { work } = server({
    age: async (payload) => {
      done.push(payload);
      if (done.length === 1) await enqueue("age", { turn: 5 }, { key: "brie" });
      return undefined;
    },
  });
  await work();
  expect(done).toEqual([{ turn: 1 }, { turn: 5 }]);
});

test("jobs with the same key do not run at the same time", async () => {
  await enqueue("age", {}, { key: "brie" });
  const first = await claimJob(database.db, ["age"], now, now.add(minutes(5)));
  await enqueue("age", {}, { key: "brie" });
  expect(await claimJob(database.db, ["age"], now, now.add(minutes(5)))).toBeUndefined();
  await enqueue("age", {}, { key: "comté" });
  expect(await claimJob(database.db, ["age"], now, now.add(minutes(5)))).toBeDefined();
  expect(first).toBeDefined();
});

test("a job that fails while another one with its key waits leaves it to that one", async () => {
  await enqueue("age", { turn: 1 }, { key: "brie" });
  const { work } = server({
    age: async () => {
      await enqueue("age", { turn: 2 }, { key: "brie", in: minutes(1) });
      throw new Error("mould");
    },
  });
  await work();
  expect(await list()).toMatchObject([{ payload: { turn: 2 }, state: "waiting", attempts: 0 }]);
});

test("what comes every day is done once a day by three servers, first an hour after the first start", async () => {
  let times = 0;
  const daily: JobKind = {
    every: Temporal.Duration.from({ hours: 24 }),
    run: async () => {
      times++;
      return undefined;
    },
  };
  const servers = Array.from({ length: 3 }, () => server({ turn: daily }));
  const everybody = () => Promise.all(servers.map(({ work }) => work()));
  await everybody();
  expect(times).toBe(0);
  for (let half = 1; half <= 2 * 24 * 3; half++) {
    pass(minutes(30));
    await everybody();
  }
  expect(times).toBe(3);
  // All were away for a week: once is enough.
  pass({ hours: 24 * 7 });
  await everybody();
  expect(times).toBe(4);
});

test("stopping ends what can be ended, which then counts as never begun", async () => {
  await enqueue("age");
  const begun = Promise.withResolvers<undefined>();
  const { start, stop, timers, lines } = server({
    age: (_, signal) => {
      begun.resolve(undefined);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  start();
  await begun.promise;
  expect(await stop(1000)).toBe(true);
  expect(timers.size).toBe(0);
  expect(await list()).toMatchObject([{ state: "waiting", attempts: 0, error: null }]);
  expect(lines).toMatchObject([{ level: "info", message: "left age for later" }]);
  expect(await server({ age: async () => undefined }).work()).toBe(1);
});

test("stopping waits for what goes on, but not longer than it is told", async () => {
  await enqueue("age");
  const begun = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<undefined>();
  const { start, stop, timers } = server({
    age: () => {
      begun.resolve(undefined);
      return end.promise;
    },
  });
  start();
  await begun.promise;
  const stopped = stop(1234);
  for (const { milliseconds, callback } of timers) if (milliseconds === 1234) callback();
  expect(await stopped).toBe(false);
  end.resolve(undefined);
  await expect.poll(list).toEqual([]);
});

test("a started runner looks every five seconds, and goes on when the database has been away", async () => {
  const done = Promise.withResolvers<undefined>();
  const { start, stop, timers, lines } = server({
    age: async () => {
      done.resolve(undefined);
      return undefined;
    },
  });
  const wake = () => {
    for (const timer of timers) {
      timers.delete(timer);
      timer.callback();
    }
  };
  start();
  await expect.poll(() => [...timers].map(({ milliseconds }) => milliseconds)).toEqual([5000, 5000]);
  await database.setReachable(false);
  wake();
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  await expect.poll(() => timers.size).toBe(2);
  await database.setReachable(true);
  await enqueue("age");
  wake();
  await done.promise;
  await expect.poll(() => timers.size).toBe(2);
  expect(await stop(1000)).toBe(true);
  expect(timers.size).toBe(0);
  expect(lines[0]).toMatchObject({ level: "warn", message: "cannot look for jobs, and tries again" });
});
