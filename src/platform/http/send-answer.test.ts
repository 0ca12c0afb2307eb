import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openRaw, type RunningServer, startServer } from "../../../test/support/http-server.ts";
import { recordingLog } from "../../../test/support/log.ts";
import { type Answer, textAnswer } from "./answer.ts";
import { createSendAnswer } from "./send-answer.ts";

const big = randomBytes(20 * 1024 * 1024);
const headers = ["Content-Type", "application/octet-stream"];
let folder: string;
let bigFile: string;
let running: RunningServer;
let answer: Answer;
let recorded = recordingLog();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "send-answer-"));
  bigFile = join(folder, "big");
  await writeFile(bigFile, big);
  running = await startServer({
    listener: (request, response) => {
      createSendAnswer({ log: recorded.log, headersFor: () => ["X-Common", "yes"] })(request, response, answer);
    },
  });
});
beforeEach(() => {
  recorded = recordingLog();
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
});

function ask(method = "GET"): Promise<Response> {
  return fetch(`http://127.0.0.1:${running.port}/`, { method });
}

/** Open descriptors of this process that lead to `path`. */
async function openCount(path: string): Promise<number> {
  const names = await readdir("/proc/self/fd");
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return targets.filter((target) => target === path).length;
}

test.each([
  ["a small slice", 10, 1_000],
  ["a large slice", 3, 15_000_003],
  ["the whole file", 0, big.length],
  ["an empty slice", 5, 5],
])("%s arrives byte for byte and its file is closed", async (_what, start, end) => {
  answer = { status: 200, headers, body: { path: bigFile, start, end } };
  const response = await ask();
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get("content-length")).toBe(String(end - start));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(
    createHash("sha256").update(big.subarray(start, end)).digest("hex"),
  );
  if (process.platform === "linux") await vi.waitFor(async () => expect(await openCount(bigFile)).toBe(0));
});

test("HEAD of a file gives its length without opening it", async () => {
  answer = { status: 200, headers, body: { path: join(folder, "not-there"), start: 0, end: 123 } };
  const response = await ask("HEAD");
  expect([response.status, response.headers.get("content-length")]).toEqual([200, "123"]);
});

test("a file that is missing is a logged 500, not a broken 200", async () => {
  answer = { status: 200, headers, body: { path: join(folder, "not-there"), start: 0, end: 123 } };
  const response = await ask();
  expect([response.status, response.headers.get("x-common")]).toEqual([500, "yes"]);
  expect(await response.text()).not.toContain(folder);
  expect(recorded.lines).toMatchObject([{ level: "error", message: expect.stringContaining("not-there") }]);
});

test("a small file that is shorter than promised is a logged 500", async () => {
  const path = join(folder, "short");
  await writeFile(path, "brie");
  answer = { status: 200, headers, body: { path, start: 0, end: 5 } };
  expect((await ask()).status).toBe(500);
  expect(recorded.lines).toHaveLength(1);
});

test("a large file that is shorter than promised closes the connection", async () => {
  answer = { status: 200, headers, body: { path: bigFile, start: 0, end: big.length + 1 } };
  const response = await ask();
  await expect(response.arrayBuffer()).rejects.toThrow();
  expect(recorded.lines).toHaveLength(1);
});

test("a client that goes away in the middle leaves no open file and no complaint", async () => {
  answer = { status: 200, headers, body: { path: bigFile, start: 0, end: big.length } };
  const client = openRaw(running.port);
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until("\r\n\r\n");
  client.socket.pause();
  if (process.platform === "linux") expect(await openCount(bigFile)).toBe(1);
  client.socket.destroy();
  if (process.platform === "linux") await vi.waitFor(async () => expect(await openCount(bigFile)).toBe(0));
  expect(recorded.lines).toEqual([]);
});

test("a client that goes away leaves nothing open of the answers that wait for their turn", async () => {
  answer = { status: 200, headers, body: { path: bigFile, start: 0, end: big.length } };
  const client = openRaw(running.port);
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3));
  await client.until("\r\n\r\n");
  client.socket.pause();
  if (process.platform === "linux") await vi.waitFor(async () => expect(await openCount(bigFile)).toBeGreaterThan(1));
  client.socket.destroy();
  if (process.platform === "linux") await vi.waitFor(async () => expect(await openCount(bigFile)).toBe(0));
  expect(recorded.lines).toEqual([]);
});

test("answers that wait for their turn arrive whole, in order", async () => {
  const slices = [
    [0, 3_000_000],
    [7, 2_000_007],
    [19_000_000, 20_000_000],
  ] as const;
  const asked = [...slices];
  const server = await startServer({
    listener: (request, response) => {
      const [start, end] = asked.shift() ?? [0, 0];
      const body = { path: bigFile, start, end };
      createSendAnswer({ log: recorded.log, headersFor: () => [] })(request, response, {
        status: 200,
        headers: [],
        body,
      });
    },
  });
  const client = openRaw(server.port);
  const received: Buffer[] = [];
  client.socket.on("data", (part: Buffer) => void received.push(part));
  const last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  client.socket.write(`${"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2)}${last}`);
  await once(client.socket, "close");
  const all = Buffer.concat(received);
  let from = 0;
  for (const [start, end] of slices) {
    const body = all.indexOf("\r\n\r\n", from) + 4;
    from = body + end - start;
    expect(all.subarray(body, from).equals(big.subarray(start, end))).toBe(true);
  }
  expect(from).toBe(all.length);
  await server.stop();
});

test("many at once get the right bytes, more than there are large chunks for", async () => {
  answer = { status: 200, headers, body: { path: bigFile, start: 1, end: 1_500_001 } };
  const wanted = createHash("sha256").update(big.subarray(1, 1_500_001)).digest("hex");
  const bodies = await Promise.all(Array.from({ length: 80 }, async () => (await ask()).arrayBuffer()));
  for (const body of bodies) expect(createHash("sha256").update(Buffer.from(body)).digest("hex")).toBe(wanted);
});

test("a client that takes nothing is let go", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<ServerResponse>();
  const server = await startServer({
    listener: (request, response) => {
      response.once("close", () => resolve(response));
      createSendAnswer({ log: recorded.log, headersFor: () => [], stallMs: 20 })(request, response, {
        status: 200,
        headers,
        body: { path: bigFile, start: 0, end: big.length },
      });
    },
  });
  const { socket } = openRaw(server.port);
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect((await closed).writableFinished).toBe(false);
  if (process.platform === "linux") await vi.waitFor(async () => expect(await openCount(bigFile)).toBe(0));
  expect(recorded.lines).toEqual([]);
  socket.destroy();
  await server.stop();
});

test("a slow reader does not make us read ahead", async () => {
  answer = { status: 200, headers, body: { path: bigFile, start: 0, end: big.length } };
  const before = process.memoryUsage().arrayBuffers;
  const clients = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const client = openRaw(running.port);
      client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until("\r\n\r\n");
      client.socket.pause();
      return client;
    }),
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024);
  for (const { socket } of clients) socket.destroy();
});

test("304 and 204 say no length", async () => {
  answer = { status: 304, headers: ["ETag", '"a"'], body: null };
  expect((await ask()).headers.has("content-length")).toBe(false);
  answer = { status: 301, headers: ["Location", "/b"], body: null };
  const redirect = await fetch(`http://127.0.0.1:${running.port}/`, { redirect: "manual" });
  expect(redirect.headers.get("content-length")).toBe("0");
});

test("repeated fields are sent repeatedly, in order", async () => {
  answer = textAnswer(200, "", ["Set-Cookie", "a=1", "Set-Cookie", "b=2"]);
  expect((await ask()).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
});
