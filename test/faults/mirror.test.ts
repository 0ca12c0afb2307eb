// A server in front of another index, with its real processes: many clients on one cold file, and kill -9 while it comes.
import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildWheel, type Distribution } from "../support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../support/fake-upstream.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually, isRunning, makeDataFolder, runCommand } from "../support/server-process.ts";

let upstream: FakeUpstream;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await upstream.close();
});

async function start(data?: string): Promise<RunningServer> {
  const flags = ["--workers", "2", "--access-log", "none", "--upstream", upstream.url];
  const server = await startServer({ flags, ...(data !== undefined && { data }) });
  cleanups.push(() => server.kill());
  return server;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The address of a file, as the page of its project has it. */
async function addressOf(server: RunningServer, { name, filename }: Distribution): Promise<string> {
  const answer = await fetch(`${server.simple}${name}/`, {
    headers: { accept: "application/vnd.pypi.simple.v1+json", connection: "close" },
  });
  const page = (await answer.json()) as { files: readonly { filename: string; url: string }[] };
  const url = page.files.find((file) => file.filename === filename)?.url;
  if (url === undefined) throw new Error(`${filename} is not listed: ${answer.status} ${JSON.stringify(page)}`);
  return new URL(url, server.url).href;
}

/** What a client gets on a connection of its own: the digest of the whole, or how it was told that it is not. */
async function download(address: string): Promise<string> {
  try {
    const answer = await fetch(address, { headers: { connection: "close" } });
    const bytes = await answer.bytes();
    return answer.status === 200 ? sha256(bytes) : `${answer.status}`;
  } catch {
    return "broken";
  }
}

const temporaryFiles = (server: RunningServer) => readdir(join(server.data, "files", "tmp"));

test("50 clients of two workers on one cold file of 20 MB: one fetch, and every byte for each", async () => {
  const file = buildWheel({ name: "brie", padding: 20_000_000 });
  upstream.publish(file);
  const server = await start();
  expect(server.process.workers()).toHaveLength(2);
  const address = await addressOf(server, file);
  const hold = upstream.hold(upstream.pathOf(file), 10_000_000);
  const began = performance.now();
  const clients = Array.from({ length: 50 }, () => download(address));
  await hold.arrived;
  hold.release();
  expect(new Set(await Promise.all(clients))).toEqual(new Set([file.sha256]));
  console.info(`50 clients had 20 MB each after ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  expect(upstream.count(upstream.pathOf(file))).toBe(1);
  expect(await download(address)).toBe(file.sha256);
  expect(upstream.count(upstream.pathOf(file))).toBe(1);
  expect(await temporaryFiles(server)).toEqual([]);
  expect((await server.stop()).code).toBe(0);
  cleanups.pop();
});

test("kill -9 of the fetcher in the middle: clients are cut off, nothing of it stays, and the next who asks gets it whole", async () => {
  const file = buildWheel({ name: "brie", padding: 5_000_000 });
  upstream.publish(file);
  const server = await start();
  const address = await addressOf(server, file);
  const hold = upstream.hold(upstream.pathOf(file), 2_000_000);
  const clients = Array.from({ length: 10 }, () => download(address));
  await hold.arrived;
  await eventually("a part of it to be here", async () => (await temporaryFiles(server)).length === 1);
  const fetcher = server.process.fetcher() ?? 0;
  process.kill(fetcher, "SIGKILL");
  hold.release();
  // 503 for those who had no byte yet; all of it for those who came so late that the next fetcher answered them.
  for (const outcome of await Promise.all(clients)) expect(["broken", "503", file.sha256]).toContain(outcome);
  expect(await download(address)).toBe(file.sha256);
  expect(isRunning(fetcher)).toBe(false);
  expect(await temporaryFiles(server)).toEqual([]);
  expect(server.process.stderr).toContain("the fetcher ended (SIGKILL) and is replaced in 1 s");
  expect(upstream.count(upstream.pathOf(file))).toBe(2);
});

test("kill -9 of everything in the middle: the next start serves nothing wrong and leaves nothing behind", async () => {
  const data = await makeDataFolder();
  cleanups.push(() => rm(dirname(data), { recursive: true, force: true }));
  const file = buildWheel({ name: "brie", padding: 5_000_000 });
  upstream.publish(file);
  const first = await start(data);
  const hold = upstream.hold(upstream.pathOf(file), 2_000_000);
  const clients = [download(await addressOf(first, file))];
  await hold.arrived;
  await first.kill();
  hold.release();
  for (const outcome of await Promise.all(clients)) expect(["broken", "503"]).toContain(outcome);

  const second = await start(data);
  expect(await temporaryFiles(second)).toEqual([]);
  const address = await addressOf(second, file);
  expect(await download(address)).toBe(file.sha256);
  await upstream.down();
  expect(await download(address)).toBe(file.sha256);
  const { stdout } = await runCommand(["fsck", "--deep", "--data", data]);
  expect(stdout).toMatch(/: no problems\.\n$/);
});

test("a server that is told to stop cuts nobody off who is being served, and ends", async () => {
  const file = buildWheel({ name: "brie", padding: 5_000_000 });
  upstream.publish(file);
  const server = await start();
  const hold = upstream.hold(upstream.pathOf(file), 2_000_000);
  const client = download(await addressOf(server, file));
  await hold.arrived;
  const stopping = server.stop();
  cleanups.pop();
  await eventually("the server to stop", () => server.process.stderr.includes("Stopping"));
  hold.release();
  expect(await client).toBe(file.sha256);
  expect((await stopping).code).toBe(0);
});
