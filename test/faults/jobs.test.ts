// Work for later in the built program: who does it, and what becomes of it when that process is killed.
import { access, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connectToRunningEmbedded } from "../../src/platform/db/embedded/index.ts";
import { createDb, createPool, type Db, type Pool } from "../../src/platform/db/pool.ts";
import { createJobs } from "../../src/platform/jobs/create-jobs.ts";
import { enqueueJob, listJobs } from "../../src/platform/jobs/queries.ts";
import { quietLog } from "../support/log.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually, isRunning, makeDataFolder } from "../support/server-process.ts";

let data: string;
beforeAll(async () => {
  data = await makeDataFolder();
});
afterAll(() => rm(dirname(data), { recursive: true, force: true }));

let server: RunningServer;
let pool: Pool;
let db: Db;
async function start(flags: readonly string[] = []): Promise<void> {
  server = await startServer({ data, flags: ["--workers", "2", ...flags] });
  const connection = await connectToRunningEmbedded(data);
  if (connection === undefined) throw new Error("the server has no database");
  pool = createPool(connection, { max: 3 });
  db = createDb(pool);
}
async function stop(): Promise<void> {
  await pool.end();
  await server.stop();
}

/** The number of the job process, other than `former`. */
async function jobProcess(former?: number): Promise<number> {
  let pid: number | undefined;
  await eventually("the job process", () => {
    pid = server.process.jobProcess();
    return pid !== undefined && pid !== former;
  });
  return pid ?? 0;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** An upload that broke off two days ago, on another machine that used the folder. */
async function leaveTemporaryFile(): Promise<string> {
  const path = join(data, "files", "tmp", "00000000-1-0123456789abcdef01234567");
  await writeFile(path, "half a wheel");
  const changed = Date.now() / 1000 - 2 * 86_400;
  await utimes(path, changed, changed);
  return path;
}

const stateOf = async (kind: string) => (await listJobs(db, 100)).find((job) => job.kind === kind)?.state;

// Of a writing server one per test, so that what one leaves is not seen by another.
beforeEach(() => start());
afterEach(async () => {
  if (isRunning(server.process.pid)) await stop();
});

test("what a room left for later is done, and the log tells it", async () => {
  const isDone = async () => (await listJobs(db, 100)).length === 0;
  // Every process sweeps when it starts, too: the file has to come after that.
  await enqueueJob(db, "sweep-temporary-files", {});
  await eventually("the first job to be done", isDone);
  const left = await leaveTemporaryFile();
  await enqueueJob(db, "sweep-temporary-files", {});
  await eventually("the file to be removed", async () => !(await isThere(left)));
  await eventually("the second job to be done", isDone);
  expect(server.process.stderr).toMatch(/"from":"jobs".*"kind":"sweep-temporary-files".*"removed":1/);
  expect(await server.command(["jobs"])).toBe("0 failed, 0 running, 0 waiting.");
});

test.skipIf(process.platform !== "linux")(
  "kill -9 in the middle of a job: the server goes on with another job process, and the job is done when its lease ends",
  async () => {
    const killed = await jobProcess();
    const blocker = await pool.connect();
    // The sweep reads this table, and gets no further.
    await blocker.query("begin");
    await blocker.query("lock table blobs in access exclusive mode");
    await enqueueJob(db, "sweep-orphans", {});
    await eventually("the job to begin", async () => (await stateOf("sweep-orphans")) === "running");
    process.kill(killed, "SIGKILL");
    const workers = server.process.workers();
    await jobProcess(killed);
    await blocker.query("rollback");
    blocker.release();

    expect(await listJobs(db, 100)).toMatchObject([{ kind: "sweep-orphans", state: "running", attempts: 1 }]);
    expect(await server.command(["jobs"])).toMatch(/sweep-orphans +running +1 +lease ends/);
    // Another server on this database, when the lease has ended.
    const attempts: unknown[] = [];
    const elsewhere = (minutes: number) =>
      createJobs({
        db,
        clock: { now: () => Temporal.Now.instant().add({ minutes }) },
        log: quietLog,
        kinds: {
          "sweep-orphans": {
            run: async (payload) => {
              attempts.push(payload);
              return undefined;
            },
          },
        },
      });
    expect(await elsewhere(4).work()).toBe(0);
    expect(await elsewhere(6).work()).toBe(1);
    expect(attempts).toEqual([{}]);
    expect(await listJobs(db, 100)).toEqual([]);
    // Nobody who asked for a page noticed.
    expect(server.process.workers()).toEqual(workers);
    expect((await fetch(server.simple)).status).toBe(200);
    expect(server.process.stderr).toContain("the job process ended (SIGKILL) and is replaced in 1 s");
  },
);

test("stopping ends the job process too, in the middle of a job", async () => {
  const pid = await jobProcess();
  const blocker = await pool.connect();
  await blocker.query("begin");
  await blocker.query("lock table blobs in access exclusive mode");
  await enqueueJob(db, "sweep-orphans", {});
  await eventually("the job to begin", async () => (await stateOf("sweep-orphans")) === "running");
  const stopping = server.stop();
  await eventually("the signal to be heard", () => server.process.stderr.includes("Stopping"));
  await blocker.query("rollback");
  blocker.release();
  await pool.end();
  expect((await stopping).code).toBe(0);
  expect(isRunning(pid)).toBe(false);
});

test("a server that only reads has no job process", async () => {
  await stop();
  await start(["--read-only"]);
  await enqueueJob(db, "sweep-temporary-files", {});
  expect((await fetch(server.simple)).status).toBe(200);
  expect(server.process.jobProcess()).toBeUndefined();
  expect(await stateOf("sweep-temporary-files")).toBe("waiting");
});
