// Kill -9 at random moments of an upload loop: what was acknowledged is there after the next start, whole, and nothing
// else is half there.
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { buildSdist, buildWheel, type Distribution } from "../support/distributions.ts";
import { listProjects, readWhole, upload } from "../support/index-client.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { makeDataFolder, runCommand } from "../support/server-process.ts";

const ROUNDS = 20;
const UPLOADERS = 3;
/** Milliseconds of uploading before the kill, at most. */
const LONGEST = 1_200;
/** Set CHEESESHOP_TEST_SEED to the number that a failure names to have the same sizes and moments again. */
const seed = Number(process.env["CHEESESHOP_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers from 0 up to 1 that follow from a seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Acknowledged {
  readonly project: string;
  readonly file: Distribution;
}

/** Uploads one thing after the other until the connection breaks; tells what was answered with 200. */
async function uploadAway(server: RunningServer, stem: string, random: () => number): Promise<readonly Acknowledged[]> {
  const done: Acknowledged[] = [];
  for (let number = 0; ; number++) {
    // Now and then a new project, else one more version; small and large, with metadata sibling and without.
    const project = `${stem}-${Math.floor(number / 4)}`;
    const input = { name: project, version: `1.${number}`, padding: Math.floor(random() ** 4 * 1_000_000) + 1 };
    const file = random() < 0.7 ? buildWheel(input) : buildSdist(input);
    const answered = await upload(server, file).catch(() => undefined);
    // The database may be killed a moment before the worker.
    if (answered === undefined || answered.status === 503) return done;
    if (answered.status !== 200) throw new Error(`${file.filename}: ${answered.status} ${answered.reason}`);
    done.push({ project, file });
  }
}

test(`${ROUNDS} times`, async () => {
  const random = randomFrom(seed);
  const data = await makeDataFolder();
  const acknowledged: Acknowledged[] = [];
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const where = `round ${round} of CHEESESHOP_TEST_SEED=${seed}`;
      const server = await startServer({ data, flags: ["--workers", "2", "--access-log", "none"] });
      try {
        await check(server, acknowledged, round === 1 ? [] : [`u${round - 1}`], where);
        const loops = Array.from({ length: UPLOADERS }, (_, at) => uploadAway(server, `u${round}-${at}`, random));
        await setTimeout(random() * LONGEST);
        // The database goes down with the rest, or is found running by the next start.
        await (round % 2 === 0 ? server.kill() : server.killProgram());
        acknowledged.push(...(await Promise.all(loops)).flat());
      } finally {
        await server.kill();
      }
    }
    const server = await startServer({ data });
    try {
      await check(server, acknowledged, [], "the end");
      expect(acknowledged.length, `CHEESESHOP_TEST_SEED=${seed}`).toBeGreaterThan(ROUNDS);
      expect((await upload(server, buildWheel({ name: "after-all" }))).status).toBe(200);
      console.info(`${acknowledged.length} files were acknowledged before ${ROUNDS} kills; all are there.`);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dirname(data), { recursive: true, force: true });
  }
});

/** Reads the projects whose names begin with one of `stems`, or all when there is none. Now and then, and at the end, `fsck` has a look too. */
async function check(
  server: RunningServer,
  acknowledged: readonly Acknowledged[],
  stems: readonly string[],
  where: string,
): Promise<void> {
  const isMeant = (name: string) => stems.length === 0 || stems.some((stem) => name.startsWith(`${stem}-`));
  const found = new Map<string, string>();
  for (const project of await listProjects(server)) {
    if (!isMeant(project)) continue;
    for (const [filename, sha256] of await readWhole(server, project)) found.set(filename, sha256);
  }
  const expected = acknowledged.filter(({ project }) => isMeant(project));
  const missing = expected.filter(({ file }) => found.get(file.filename) !== file.sha256);
  expect(
    missing.map(({ file }) => file.filename),
    where,
  ).toEqual([]);
  expect(await readdir(join(server.data, "files", "tmp")), where).toEqual([]);
  if (stems.length === 1 && !stems[0]?.endsWith("5")) return;
  const { stdout } = await runCommand(["fsck", "--deep", "--data", server.data]);
  expect(stdout, where).toMatch(/: no problems\.\n$/);
}
