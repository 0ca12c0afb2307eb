import { afterEach, expect, test, vi } from "vitest";
import { sendRaw } from "../../../test/support/http.ts";
import { openRaw, type RunningServer, startServer } from "../../../test/support/http-server.ts";
import { quietLog } from "../../../test/support/log.ts";
import { textAnswer } from "./answer.ts";
import type { HttpServerLimits } from "./create-server.ts";
import type { Listener } from "./listener.ts";
import { createSendAnswer } from "./send-answer.ts";

const sendAnswer = createSendAnswer({ log: quietLog, headersFor: () => [] });
const greet: Listener = (request, response) => sendAnswer(request, response, textAnswer(200, "hello"));
const refuse: Listener = (request, response) =>
  sendAnswer(request, response, { ...textAnswer(403, "no entry"), reason: "no entry" });
/** Reads the whole body, then says how long it was. */
const measure: Listener = (request, response) => {
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on("end", () => sendAnswer(request, response, textAnswer(200, `${length} bytes`)));
};

let running: RunningServer;
afterEach(() => running.stop());

async function start(listener: Listener, limits: Partial<HttpServerLimits> = {}): Promise<number> {
  running = await startServer({ listener, limits });
  return running.port;
}

const get = "GET / HTTP/1.1\r\nHost: a\r\n";

test("32 KiB of header fields are fine", async () => {
  const port = await start(greet);
  expect(await sendRaw(port, `${get}Connection: close\r\nX-Long: ${"x".repeat(32 * 1024)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 200 /,
  );
});

test("200 KiB of header fields are 431 in words", async () => {
  const port = await start(greet);
  for (let round = 0; round < 5; round++) {
    const answer = await sendRaw(port, `${get}X-Long: ${"x".repeat(200 * 1024)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*64 KiB is the limit/);
  }
});

test.each([
  ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
  [
    "Content-Length and Transfer-Encoding together",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["two Content-Lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"],
  ["a Content-Length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
  [
    "a Transfer-Encoding that does not end in chunked",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
  ],
  ["no Host", "GET / HTTP/1.1\r\n\r\n"],
  ["a bare line feed in a field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\nc\r\n\r\n"],
  ["NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"],
  ["an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"],
])("%s is a 400", async (_what, bytes) => {
  const port = await start(greet);
  expect(await sendRaw(port, Buffer.from(bytes, "latin1"))).toMatch(/^HTTP\/1\.1 400 /);
});

test("chunks that are none end a body that was being read, with a 400", async () => {
  const port = await start(measure);
  const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(await sendRaw(port, `${head}3\r\nabc\r\nnonsense\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
});

test("header fields that take too long are a 408, others go on", async () => {
  const port = await start(greet, { headerMs: 60 });
  const slow = Array.from({ length: 40 }, () => openRaw(port));
  for (const { socket } of slow) socket.write("GET / HTTP/1.1\r\nHost: ");
  expect(await sendRaw(port, `${get}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  for (const { closed } of slow) expect(await closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*took too long/);
});

test("a body that trickles is ended with a 408, others go on", async () => {
  const port = await start(measure, { paceMs: 60, paceBytes: 100 });
  const slow = Array.from({ length: 40 }, () => openRaw(port));
  for (const { socket } of slow) socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  expect(await sendRaw(port, `${get}Connection: close\r\n\r\n`)).toContain("0 bytes");
  for (const { closed } of slow) expect(await closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*too slowly/);
});

test("a refusal is seen by a client that sends 5 MB before it reads, and the connection lives on", async () => {
  const port = await start(refuse);
  for (let round = 0; round < 5; round++) {
    const client = openRaw(port);
    client.socket.pause();
    const length = 5 * 1024 * 1024;
    client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    await new Promise((resolve) => client.socket.write(Buffer.alloc(length), resolve));
    client.socket.resume();
    expect(await client.until("no entry")).toMatch(/^HTTP\/1\.1 403 no entry\r\n/);
    client.socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect((await client.closed).match(/403 no entry/g)).toHaveLength(2);
  }
});

test("a refusal in the middle of reading is seen too", async () => {
  const port = await start((request, response) => {
    request.once("data", () => {
      request.pause();
      refuse(request, response);
    });
  });
  const client = openRaw(port);
  const length = 5 * 1024 * 1024;
  client.socket.pause();
  client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`);
  await new Promise((resolve) => client.socket.write(Buffer.alloc(length), resolve));
  client.socket.resume();
  expect(await client.until("no entry")).toMatch(/^HTTP\/1\.1 403 no entry\r\n/);
});

test("what is thrown away is bounded in bytes", async () => {
  const port = await start(refuse, { discard: { bytes: 1024 * 1024, ms: 60_000 } });
  const client = openRaw(port);
  client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
  const send = () => client.socket.write(Buffer.alloc(64 * 1024), (error) => error ?? send());
  send();
  await client.closed.catch(() => {});
  expect(client.socket.bytesWritten).toBeLessThan(32 * 1024 * 1024);
});

test("what is thrown away is bounded in time", async () => {
  const port = await start(refuse, { discard: { bytes: 2 ** 40, ms: 30 } });
  const client = openRaw(port);
  client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\nabc`);
  expect(await client.closed.catch(() => client.received())).toContain("no entry");
});

const expecting = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";

test("100 Continue comes when the body is read", async () => {
  const client = openRaw(await start(measure));
  client.socket.write(expecting);
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  client.socket.write("abc");
  expect(await client.until("3 bytes")).toContain("HTTP/1.1 200 ");
  client.socket.write(`${get}Connection: close\r\n\r\n`);
  expect(await client.closed).toContain("0 bytes");
});

test("a request refused by its head never hears 100 Continue, and its connection ends", async () => {
  const client = openRaw(await start(refuse));
  client.socket.write(expecting);
  const answer = await client.closed;
  expect(answer).toMatch(/^HTTP\/1\.1 403 no entry\r\n/);
  expect(answer).toContain("Connection: close");
});

test("a client that disappears in the middle of its body does no harm", async () => {
  let reading = 0;
  const port = await start((request, response) => {
    reading++;
    request.on("close", () => reading--);
    measure(request, response);
  });
  const client = openRaw(port);
  client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  await vi.waitFor(() => expect(reading).toBe(1));
  client.socket.resetAndDestroy();
  await vi.waitFor(() => expect(reading).toBe(0));
  expect(await sendRaw(port, `${get}Connection: close\r\n\r\n`)).toContain("0 bytes");
});

test("draining ends idle connections at once and active requests with their answer", async () => {
  let answer = () => {};
  const port = await start((request, response) => {
    if (request.url === "/quick") greet(request, response);
    else answer = () => greet(request, response);
  });
  const idle = openRaw(port);
  idle.socket.write("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
  await idle.until("hello");
  const busy = openRaw(port);
  busy.socket.write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  const before = answer;
  await vi.waitFor(() => expect(answer).not.toBe(before));

  const drained = running.drain(10_000);
  await idle.closed;
  await expect(sendRaw(port, get)).rejects.toThrow("ECONNREFUSED");
  answer();
  expect(await busy.closed).toMatch(/Connection: close[\s\S]*hello/);
  expect(await drained).toBe(true);
});

test("draining ends the connection of an upload after its answer", async () => {
  const client = openRaw(await start(measure));
  client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
  await vi.waitFor(() => expect(running.wasAsked()).toBe(true));
  const drained = running.drain(10_000);
  client.socket.write("def");
  expect(await client.closed).toContain("6 bytes");
  expect(await drained).toBe(true);
});

test("draining cuts off what does not end in time", async () => {
  const client = openRaw(await start(() => {}));
  client.socket.write(`${get}\r\n`);
  await vi.waitFor(() => expect(running.wasAsked()).toBe(true));
  expect(await running.drain(20)).toBe(false);
  await client.closed.catch(() => {});
});
