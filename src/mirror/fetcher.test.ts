// What a Fetcher does, whether it works in this process or is asked over its socket.
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { buildWheel, type Distribution } from "../../test/support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../../test/support/fake-upstream.ts";
import { quietLog } from "../../test/support/log.ts";
import { makeMirror } from "../../test/support/mirrored-files.ts";
import { type TemporaryStore, temporaryStore } from "../../test/support/stored-files.ts";
import type { Source } from "../indexes/index.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import { createFetcher, type LocalFetcher } from "./create-fetcher.ts";
import { FileGone } from "./errors.ts";
import type { ColdFileAddress, Fetcher } from "./fetcher.ts";
import { listenFetcher } from "./fetcher-server.ts";
import { findPromisedFiles } from "./kept-queries.ts";
import { createRemoteFetcher } from "./remote-fetcher.ts";
import { createUpstreamClients } from "./upstream-clients.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let folder: string;
beforeAll(async () => {
  [database, disk] = await Promise.all([temporaryDatabase(), temporaryStore()]);
  folder = await mkdtemp(join(tmpdir(), "cheeseshop-fetcher-"));
});
afterAll(() => Promise.all([database.drop(), disk.remove(), rm(folder, { recursive: true })]));

let count = 0;
let upstream: FakeUpstream;
let mirror: Source;
beforeEach(async () => {
  upstream = await startFakeUpstream();
  mirror = await makeMirror(database.db, `up-${++count}`, upstream.url);
});
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await upstream.close();
});

const brie = normalizeName("brie");
const wheelOf = (padding: number): Distribution => buildWheel({ name: "brie", version: `1.${++count}`, padding });

function makeLocal(isOffline = false): LocalFetcher {
  const clock = { now: () => Temporal.Now.instant() };
  const deps = { db: database.db, store: disk.store, clock, log: quietLog };
  const clients = createUpstreamClients({ ...deps, userAgent: "test/1.0", isOffline });
  const fetcher = createFetcher({ ...deps, clients, freshFor: Temporal.Duration.from({ minutes: 10 }) });
  cleanups.push(() => fetcher.close());
  return fetcher;
}

async function makeRemote(isOffline = false): Promise<Fetcher> {
  const socket = join(folder, `${++count}.sock`);
  const server = await listenFetcher(makeLocal(isOffline), socket, quietLog);
  const remote = createRemoteFetcher({ socket, store: disk.store });
  cleanups.push(async () => {
    await remote.close();
    await server.close();
  });
  return remote;
}

/** Where a file of the upstream answers here. */
async function addressOf(wheel: Distribution): Promise<ColdFileAddress> {
  const { rows } = await database.pool.query(
    "select encode(address, 'hex') as address from upstream_files where index_id = $1 and filename = $2",
    [mirror.id, wheel.filename],
  );
  return { address: String(rows[0]?.address), filename: wheel.filename };
}

const rowOf = async (file: ColdFileAddress) => (await findPromisedFiles(database.db, [mirror.id], file))[0];

describe.each([
  ["in this process", async (isOffline?: boolean): Promise<Fetcher> => makeLocal(isOffline)],
  ["over its socket", makeRemote],
])("a fetcher %s", (_, make) => {
  test("learns of a project, of the metadata of a release, and gives its files and their siblings", async () => {
    const fetcher = await make();
    const wheel = wheelOf(300_000);
    upstream.publish(wheel);
    await fetcher.refreshProject(mirror, brie);
    expect(await fetcher.fetchReleaseMetadata(mirror, brie, wheel.version)).toBe(true);
    expect(await fetcher.fetchReleaseMetadata(mirror, brie, "99")).toBe(false);
    const file = await addressOf(wheel);
    expect(await fetcher.fetchMetadataSibling(mirror, file)).toBe(true);
    expect(await fetcher.fetchMetadataSibling(mirror, { ...file, address: "0".repeat(64) })).toBe(false);
    const cold = await fetcher.openFile(mirror, file);
    expect(cold.size).toBe(wheel.bytes.length);
    expect((await buffer(cold.read(0))).equals(wheel.bytes)).toBe(true);
    expect((await buffer(cold.read(1000, 2000))).equals(wheel.bytes.subarray(1000, 2000))).toBe(true);
    expect(await rowOf(file)).toMatchObject({ blob: { size: wheel.bytes.length }, metadataBlob: {} });
    // One that is kept already.
    expect((await buffer((await fetcher.openFile(mirror, file)).read(0))).equals(wheel.bytes)).toBe(true);
    expect(upstream.count(upstream.pathOf(wheel))).toBe(1);
  });

  test("gives what has come so far while the rest is still coming, to as many as ask, by one request", async () => {
    const fetcher = await make();
    const wheel = wheelOf(2_000_000);
    upstream.publish(wheel);
    await fetcher.refreshProject(mirror, brie);
    const file = await addressOf(wheel);
    const hold = upstream.hold(upstream.pathOf(wheel), 1_000_000);
    const opened = await Promise.all(Array.from({ length: 20 }, () => fetcher.openFile(mirror, file)));
    const begun = opened.map((cold) => buffer(cold.read(0, 500_000)));
    for (const part of await Promise.all(begun)) expect(part.equals(wheel.bytes.subarray(0, 500_000))).toBe(true);
    const rest = opened.map((cold) => buffer(cold.read(500_000)));
    hold.release();
    for (const part of await Promise.all(rest)) expect(part.equals(wheel.bytes.subarray(500_000))).toBe(true);
    expect(upstream.count(upstream.pathOf(wheel))).toBe(1);
  });

  test("breaks off what has other bytes than promised, and what does not come whole", async () => {
    const fetcher = await make();
    for (const kind of ["wrong-bytes", "truncated"] as const) {
      const wheel = wheelOf(500_000);
      upstream.publish(wheel);
      await expireEverything();
      await fetcher.refreshProject(mirror, brie);
      const file = await addressOf(wheel);
      upstream.misbehave({ kind }, upstream.pathOf(wheel));
      const cold = await fetcher.openFile(mirror, file);
      await expect(buffer(cold.read(0))).rejects.toMatchObject({ name: "DownloadFailed" });
      expect((await rowOf(file))?.blob).toBeNull();
      if (kind === "truncated") continue;
      const again = fetcher.openFile(mirror, file);
      await expect(again).rejects.toMatchObject({ code: "upstream_unavailable", headers: { "Retry-After": "30" } });
    }
    expect(await readdir(join(disk.root, "tmp"))).toEqual([]);
  });

  test("tells what is gone from what cannot be had, with the wait that the upstream asks for", async () => {
    const fetcher = await make();
    const wheel = wheelOf(1000);
    upstream.publish(wheel);
    await fetcher.refreshProject(mirror, brie);
    const file = await addressOf(wheel);
    upstream.misbehave({ kind: "status", status: 404 }, upstream.pathOf(wheel));
    await expect(fetcher.openFile(mirror, file)).rejects.toThrow(FileGone);
    upstream.misbehave({ kind: "status", status: 503, retryAfter: "17" }, upstream.pathOf(wheel));
    const trouble = { code: "upstream_unavailable", status: 503, headers: { "Retry-After": "17" } };
    await expect(fetcher.openFile(mirror, file)).rejects.toMatchObject(trouble);
    upstream.misbehave({ kind: "status", status: 500 });
    await expect(fetcher.refreshProject(mirror, normalizeName("gouda"))).rejects.toMatchObject({ status: 503 });
    const [state] = (await fetcher.states()).filter(({ index }) => index === mirror.name);
    expect(state).toMatchObject({
      url: `${new URL(upstream.url).origin}/`,
      lastFailure: expect.stringContaining("500"),
    });
    expect(state?.lastFailureAt).toBeInstanceOf(Temporal.Instant);
  });

  test("asks nothing when it is offline", async () => {
    const fetcher = await make(true);
    await expect(fetcher.refreshProject(mirror, brie)).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining("--offline"),
    });
    expect(upstream.requests).toEqual([]);
    expect((await fetcher.states()).find(({ index }) => index === mirror.name)).toMatchObject({ breaker: "closed" });
  });
});

async function expireEverything(): Promise<void> {
  await database.pool.query("update upstream_projects set fresh_until = '2000-01-01'");
}

test("nobody but this user may open the socket, and one that a killed process left is no hindrance", async () => {
  const socket = join(folder, "left.sock");
  const first = await listenFetcher(makeLocal(), socket, quietLog);
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  const second = await listenFetcher(makeLocal(), socket, quietLog);
  await first.close();
  await second.close();
});

test("where no fetcher is, that is 503 within three seconds, with a short wait", async () => {
  let waited = 0;
  const wait = async (milliseconds: number) => {
    waited += milliseconds;
  };
  const remote = createRemoteFetcher({ socket: join(folder, "nobody.sock"), store: disk.store, wait });
  const absent = { status: 503, headers: { "Retry-After": "1" } };
  await expect(remote.refreshProject(mirror, brie)).rejects.toMatchObject(absent);
  await expect(remote.openFile(mirror, { address: "0".repeat(64), filename: "x" })).rejects.toMatchObject(absent);
  await expect(remote.states()).rejects.toMatchObject(absent);
  expect(waited / 3).toBeLessThan(3000);
});

test("a fetcher that is being started is waited for", async () => {
  const socket = join(folder, "late.sock");
  let server: Awaited<ReturnType<typeof listenFetcher>> | undefined;
  const wait = async () => {
    server ??= await listenFetcher(makeLocal(), socket, quietLog);
  };
  const remote = createRemoteFetcher({ socket, store: disk.store, wait });
  expect((await remote.states()).map(({ index }) => index)).toContain(mirror.name);
  await server?.close();
});

test("when the fetcher goes away in the middle, everyone is cut off", async () => {
  const wheel = wheelOf(2_000_000);
  upstream.publish(wheel);
  const local = makeLocal();
  await local.refreshProject(mirror, brie);
  const file = await addressOf(wheel);
  upstream.hold(upstream.pathOf(wheel), 1_000_000);
  const socket = join(folder, "dying.sock");
  const opened = await local.openFile(mirror, file);
  // A fetcher that says how far it is, and dies.
  const server = createServer((_request, response) => {
    response.write(
      `${JSON.stringify({ path: opened.path, size: opened.size, growth: { kind: "grown", readable: 65_536 } })}\n`,
    );
    setImmediate(() => response.destroy());
  }).listen(socket);
  const remote = createRemoteFetcher({ socket, store: disk.store });
  const cold = await remote.openFile(mirror, file);
  await expect(buffer(cold.read(0))).rejects.toMatchObject({ name: "DownloadFailed" });
  await new Promise((resolve) => server.close(resolve));
});
