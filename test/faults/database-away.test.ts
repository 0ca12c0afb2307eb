// The database ends, or stands still: what workers have in memory goes on being served, everything else is told soon to come
// back later, and all is well again by itself.
import { afterEach, expect, test } from "vitest";
import { buildWheel } from "../support/distributions.ts";
import { askFresh, type FreshAnswer, uploadFresh } from "../support/fresh.ts";
import { readPage, readWhole } from "../support/index-client.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually, isRunning } from "../support/server-process.ts";

const WORKERS = 2;
/** Milliseconds within which the first ones have an answer, who find out that the database is silent … */
const FIRST = 10_000;
/** … and all later ones. */
const SOON = 1_000;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function timed(asked: Promise<FreshAnswer>): Promise<FreshAnswer & { readonly took: number }> {
  const began = performance.now();
  return { ...(await asked), took: performance.now() - began };
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids.filter(isRunning)) process.kill(pid, signal);
}

test.each<readonly [string, NodeJS.Signals]>([
  ["is killed with -9", "SIGKILL"],
  ["stands still", "SIGSTOP"],
])("the database %s: pages and files in memory are served, others get 503 soon, and it heals", async (_, signal) => {
  const server: RunningServer = await startServer({ flags: ["--workers", String(WORKERS), "--access-log", "none"] });
  cleanups.push(() => server.kill());
  const { url, simple } = server;
  const [large, small] = [buildWheel({ name: "brie", padding: 200_000 }), buildWheel({ name: "edam" })];
  for (const one of [large, small]) expect((await uploadFresh(server, one)).status).toBe(200);
  const addresses = [simple, `${simple}brie/`, `${url}pypi/brie/json`];
  for (const project of ["brie", "edam"]) {
    const file = new URL((await readPage(server, project)).files[0]?.url ?? "", url).href;
    addresses.push(file, `${file}.metadata`);
  }
  const workers = server.process.workers();
  /** Asks one worker after the other: those that are not asked stand still. */
  async function askEach(ask: () => Promise<void>): Promise<void> {
    for (const asked of workers) {
      const others = workers.filter((pid) => pid !== asked);
      signalAll(others, "SIGSTOP");
      await ask().finally(() => signalAll(others, "SIGCONT"));
    }
  }
  await askEach(async () => {
    for (const address of addresses) expect((await askFresh(address)).status).toBe(200);
  });

  const database = server.databasePids();
  expect(database.length).toBeGreaterThan(1);
  signalAll(database, signal);
  const unknown = () => timed(askFresh(`${simple}unknown/`));
  const first = Array.from({ length: 2 * WORKERS }, unknown);
  const refusedUpload = timed(uploadFresh(server, buildWheel({ name: "brie", version: "2.0" })));
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(addresses.map((address) => timed(askFresh(address))));
    expect(answers.map(({ status, took }) => [status, took < SOON])).toEqual(addresses.map(() => [200, true]));
  }
  const refused = [...(await Promise.all(first)), await refusedUpload];
  if (signal === "SIGSTOP") {
    await eventually("every worker to know", async () => {
      const later = await Promise.all(Array.from({ length: 20 }, unknown));
      refused.push(...later);
      return later.every(({ took }) => took < SOON);
    });
    const again = await Promise.all(addresses.map((address) => timed(askFresh(address))));
    expect(again.map(({ status, took }) => [status, took < SOON])).toEqual(addresses.map(() => [200, true]));
    expect((await askFresh(`${url}_health/`)).status).toBe(503);
  }
  expect([...new Set(refused.map(({ status, headers }) => `${status} ${headers["retry-after"]}`))]).toEqual(["503 5"]);
  const slowest = Math.max(...refused.map(({ took }) => took));
  console.info(`Told to come back later after ${(slowest / 1000).toFixed(1)} s at most.`);
  expect(slowest).toBeLessThan(FIRST);

  if (signal === "SIGSTOP") signalAll(database, "SIGCONT");
  await eventually("the database to be found again", async () => (await unknown()).status === 404);
  await askEach(() =>
    eventually("every worker to find the database again", async () => (await unknown()).status === 404),
  );
  const next = buildWheel({ name: "brie", version: "3.0" });
  await eventually("uploads to be taken again", async () => (await uploadFresh(server, next)).status === 200);
  for (let time = 0; time < 20; time++) {
    expect((await askFresh(`${simple}brie/`)).body).toContain(next.filename);
  }
  expect((await readWhole(server, "brie")).get(next.filename)).toBe(next.sha256);
  expect(server.process.stderr).not.toContain("mistake in the program");
});
