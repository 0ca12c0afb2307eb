// Two servers on one database and one folder of files: what one of them changes, the other shows within a second, also after
// the database was away and where a notification was lost.
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/platform/db/embedded/index.ts";
import { basic } from "../support/app.ts";
import { buildWheel, type Distribution } from "../support/distributions.ts";
import { askFresh, uploadFresh } from "../support/fresh.ts";
import { build, eventually, runCommand, ServerProcess } from "../support/server-process.ts";
import { runStatement, toUrl } from "../support/test-server.ts";

/** Milliseconds. */
const A_SECOND = 1_000;
const quiet = { info() {}, warn() {}, error() {} };

interface Server {
  readonly process: ServerProcess;
  readonly simple: string;
  readonly legacy: string;
  readonly token: string;
}

let folder: string;
let postgres: EmbeddedPostgres;
let one: Server;
let two: Server;
let common: { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> };

async function startServer(name: string, token?: string): Promise<Server> {
  const data = join(folder, name);
  const flags = ["--data", data, "--port", "0", "--workers", "2", "--access-log", "none"];
  const process = await new ServerProcess([...flags, ...common.flags], { env: common.env }).ready();
  const { url } = process;
  const owner = token ?? (await readFile(join(data, "owner-token"), "utf8")).trim();
  return { process, simple: `${url}simple/`, legacy: `${url}legacy/`, token: owner };
}

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), "cheeseshop-two-"));
  await chmod(folder, 0o711);
  postgres = await startEmbeddedPostgres({ dataDir: join(folder, "database"), log: quiet, isDurable: false });
  common = {
    flags: ["--database-url", toUrl(postgres.connection), "--files", join(folder, "files")],
    env: { CHEESESHOP_SECRET_KEY: randomBytes(32).toString("hex") },
  };
  // The first one migrates and makes the owner; the second one finds both.
  one = await startServer("one");
  two = await startServer("two", one.token);
});
afterAll(async () => {
  for (const server of [one, two]) await server?.process.stop();
  await postgres.stop("immediate");
  await rm(folder, { recursive: true, force: true });
});

/** Of a project's page, by every worker as far as chance goes. */
async function ask(server: Server, project: string, headers: Readonly<Record<string, string>> = {}) {
  return Promise.all(Array.from({ length: 6 }, () => askFresh(`${server.simple}${project}/`, { headers })));
}

/** Milliseconds from now until it is so for everyone who asks the server. */
async function timeUntil(what: string, isSo: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  await eventually(what, isSo);
  return performance.now() - began;
}

/** Uploads to one server; milliseconds from its answer until the other lists the file. */
async function follow(from: Server, to: Server, file: Distribution): Promise<number> {
  await ask(to, file.name);
  expect((await uploadFresh(from, file)).status).toBe(200);
  return timeUntil(`${file.filename} on the other server`, async () =>
    (await ask(to, file.name)).every(({ body }) => body.includes(`>${file.filename}<`)),
  );
}

const wheel = (name: string, minor: number) => buildWheel({ name, version: `1.${minor}` });

function report(what: string, took: readonly number[]): void {
  const sorted = took.toSorted((a, b) => a - b);
  const [median = 0, worst = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  console.info(
    `${what}: seen on the other server after ${median.toFixed(0)} ms (median), ${worst.toFixed(0)} ms (worst).`,
  );
  expect(worst).toBeLessThan(A_SECOND);
}

test("twenty uploads are seen on the other server within a second", async () => {
  const took: number[] = [];
  for (let minor = 0; minor < 20; minor++) {
    const [from, to] = minor % 2 === 0 ? [one, two] : [two, one];
    took.push(await follow(from, to, wheel("brie", minor)));
  }
  report("20 uploads", took);
});

test("also those whose notification was lost with the connection that listens for it", async () => {
  const took: number[] = [];
  for (let minor = 0; minor < 5; minor++) {
    await ask(two, "edam");
    await runStatement(
      postgres.connection,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cheeseshop changes'",
    );
    took.push(await follow(one, two, wheel("edam", minor)));
  }
  report("5 uploads without a listener", took);
});

test("who may read, and which tokens count, is the same on both within a second", async () => {
  const words = ["--data", join(folder, "one"), ...common.flags];
  const command = async (...command: string[]) => {
    const { code, stdout, stderr } = await runCommand([...command, ...words], { env: common.env });
    expect([code, stderr]).toEqual([0, ""]);
    return stdout.trim();
  };
  const token = await command("token", "create", "--user", "owner", "--name", "short-lived");
  const listed = await command("token", "list", "--user", "owner");
  const [id = ""] = /^[0-9a-f-]{36}(?= {2}short-lived )/m.exec(listed) ?? [];
  const known = { authorization: basic("__token__", token) };
  const setPrivate = (isPrivate: boolean) =>
    runStatement(postgres.connection, `update indexes set is_private = ${isPrivate} where name = 'main'`);
  const areAll = (status: number, headers?: Readonly<Record<string, string>>) => async () => {
    const answers = [...(await ask(one, "brie", headers)), ...(await ask(two, "brie", headers))];
    return answers.every((answer) => answer.status === status);
  };
  const took: number[] = [];
  expect(await areAll(200)()).toBe(true);
  await setPrivate(true);
  took.push(await timeUntil("the index to be private", areAll(401)));
  expect(await areAll(200, known)()).toBe(true);
  await command("token", "revoke", id);
  took.push(await timeUntil("the token to be worthless", areAll(401, known)));
  await setPrivate(false);
  took.push(await timeUntil("the index to be public", areAll(200)));
  report("Private, a token revoked, public", took);
});

test("bytes that fsck finds to be lost are sent from no memory any more", async () => {
  const { files } = JSON.parse(
    (await askFresh(`${one.simple}brie/`, { headers: { accept: "application/vnd.pypi.simple.v1+json" } })).body,
  );
  const [{ url }] = files;
  const [, first = "", second = "", rest = ""] = /\/packages\/(..)\/(..)\/([0-9a-f]+)\//.exec(url) ?? [];
  const statuses = async () => {
    const asked = [one, two].flatMap(({ simple }) =>
      Array.from({ length: 6 }, () => askFresh(new URL(url, simple).href)),
    );
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  expect(new Set(await statuses())).toEqual(new Set([200]));
  await rm(join(folder, "files", "blobs", first, second, rest));
  // Whoever has sent it goes on sending it.
  expect(await statuses()).toContain(200);
  const words = ["fsck", "--repair", "--data", join(folder, "one"), ...common.flags];
  expect((await runCommand(words, { env: common.env })).stdout).toContain("marked 1 file as lost");
  report("A file marked as lost", [
    await timeUntil("the file to be lost", async () => (await statuses()).every((status) => status === 404)),
  ]);
});

test("also after the database was restarted", async () => {
  const took: number[] = [];
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    const { pid } = postgres;
    process.kill(pid, signal);
    await eventually("the database to be another one", () => postgres.pid !== pid);
    for (const server of [one, two]) {
      await eventually("the server to find it", async () =>
        (await ask(server, "unknown")).every(({ status }) => status === 404),
      );
    }
    for (let minor = 0; minor < 5; minor++) {
      const [from, to] = minor % 2 === 0 ? [one, two] : [two, one];
      took.push(await follow(from, to, wheel(`after-${signal.toLowerCase()}`, minor)));
    }
  }
  report("10 uploads after two restarts", took);
});
