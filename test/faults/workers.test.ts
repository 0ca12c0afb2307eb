// Four workers, each with pages of its own in memory: what was acknowledged is on every page that is asked for afterwards,
// whichever worker answers, also while workers are killed or stand still.
import { afterEach, expect, test } from "vitest";
import { buildWheel, type Distribution } from "../support/distributions.ts";
import { askFresh, type FreshAnswer, uploadFresh } from "../support/fresh.ts";
import { readWhole } from "../support/index-client.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually, isRunning } from "../support/server-process.ts";

const UPLOADERS = 4;
const WORKERS = 4;
/** Files of a project: the page that is looked at has been in some worker's memory before. */
const PER_PROJECT = 25;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(workers = WORKERS): Promise<RunningServer> {
  const server = await startServer({ flags: ["--workers", String(workers), "--access-log", "none"] });
  cleanups.push(() => server.kill());
  await eventually("all workers", () => server.process.workers().length === workers);
  return server;
}

/** Each of these pages lists every file of a project. */
const looks: readonly ((server: RunningServer, project: string) => Promise<FreshAnswer>)[] = [
  (server, project) => askFresh(`${server.simple}${project}/`, { headers: { accept: "text/html" } }),
  (server, project) =>
    askFresh(`${server.simple}${project}/`, { headers: { accept: "application/vnd.pypi.simple.v1+json" } }),
  (server, project) => askFresh(`${server.url}pypi/${project}/json`),
];

/** What one of the pages should list and does not; which one depends on the turn. */
async function findStale(server: RunningServer, files: readonly Distribution[], turn: number) {
  const at = turn % looks.length;
  const project = files[0]?.name ?? "";
  const { status, body } = (await looks[at]?.(server, project)) ?? { status: 0, body: "" };
  const missing = files.filter(
    ({ filename }) => status !== 200 || (!body.includes(`"${filename}"`) && !body.includes(`>${filename}<`)),
  );
  return missing.map(({ filename }) => `${filename}: page ${at} answered ${status} without it`);
}

const fileOf = (uploader: number, count: number): Distribution =>
  buildWheel({
    name: `p${uploader}-${Math.floor(count / PER_PROJECT)}`,
    version: `1.${count % PER_PROJECT}`,
    summary: `${uploader} ${count}`,
  });

test("of 1,000 reads after an upload none is stale", { timeout: 120_000 }, async () => {
  const server = await start();
  const stale: string[] = [];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: UPLOADERS }, async (_, uploader) => {
      for (let count = 0; count < 250; count++) {
        const file = fileOf(uploader, count);
        const { status, body } = await uploadFresh(server, file);
        if (status !== 200) throw new Error(`${file.filename}: ${status} ${body}`);
        stale.push(...(await findStale(server, [file], count)));
        if (count % PER_PROJECT > 0) continue;
        const root = await askFresh(server.simple);
        if (!root.body.includes(`/simple/${file.name}/`)) stale.push(`${file.name} is not on the root page`);
      }
    }),
  );
  console.info(`1,000 uploads, each with a read, took ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  expect(stale).toEqual([]);
});

test("workers are killed with -9 meanwhile: nothing acknowledged is missing from any later answer", async () => {
  const server = await start();
  const stale: string[] = [];
  let [acknowledged, broken, killed] = [0, 0, 0];
  /** Until it is answered: a connection may break when its worker dies. */
  async function insist<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await attempt();
      } catch {
        broken++;
        if (broken > 200) throw new Error(`The server does not go on: ${server.process.stderr}`);
      }
    }
  }
  const whole = new Map<string, Distribution[]>();
  await Promise.all(
    Array.from({ length: UPLOADERS }, async (_, uploader) => {
      for (let count = 0; count < 100; count++) {
        const file = fileOf(uploader, count);
        const { status, body } = await insist(() => uploadFresh(server, file));
        if (status !== 200) throw new Error(`${file.filename}: ${status} ${body}`);
        const files = [...(whole.get(file.name) ?? []), file];
        whole.set(file.name, files);
        stale.push(...(await insist(() => findStale(server, files, count))));
        // Five in a minute are replaced; a sixth death ends the server.
        if (++acknowledged % 60 > 0 || killed === 5) continue;
        const workers = server.process.workers();
        process.kill(workers[killed++ % workers.length] ?? 0, "SIGKILL");
      }
    }),
  );
  console.info(`${acknowledged} uploads beside ${killed} kills; ${broken} requests broke.`);
  expect(stale).toEqual([]);
  expect(killed).toBe(5);
  await eventually("all workers again", () => server.process.workers().length === WORKERS);
  for (const [project, files] of whole) {
    const found = await readWhole(server, project);
    expect(new Map(files.map(({ filename, sha256 }) => [filename, sha256]))).toEqual(found);
  }
});

test("an upload is not answered while a worker that remembers the page stands still; that worker is replaced", async () => {
  const server = await start(2);
  const first = fileOf(0, 0);
  expect((await uploadFresh(server, first)).status).toBe(200);
  for (let turn = 0; turn < 30; turn++) await findStale(server, [first], turn);
  const [frozen = 0] = server.process.workers();
  process.kill(frozen, "SIGSTOP");
  const second = fileOf(0, 1);
  expect((await uploadFresh(server, second)).status).toBe(200);
  expect(isRunning(frozen)).toBe(false);
  expect(server.process.stderr).toContain("does not answer and is replaced");
  for (let turn = 0; turn < 30; turn++) expect(await findStale(server, [first, second], turn)).toEqual([]);
});
