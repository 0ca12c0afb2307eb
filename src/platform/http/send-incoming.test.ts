import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRaw, type RunningServer, startServer } from "../../../test/support/http-server.ts";
import { quietLog } from "../../../test/support/log.ts";
import type { Answer } from "./answer.ts";
import { ranged } from "./range.ts";
import { createSendAnswer } from "./send-answer.ts";

let running: RunningServer;
let answer: Answer;
let coming: PassThrough;
let asked: [number, number | null][];

beforeAll(async () => {
  running = await startServer({
    listener: (request, response) => {
      createSendAnswer({ log: quietLog, headersFor: () => [] })(request, response, ranged(request, answer, {}));
    },
  });
});
afterAll(() => running.stop());
beforeEach(() => {
  coming = new PassThrough();
  asked = [];
});

function come(end: number | null): void {
  coming.on("error", () => {});
  const read = (start: number, until: number | null) => {
    asked.push([start, until]);
    return coming;
  };
  answer = { status: 200, headers: ["Content-Type", "application/octet-stream"], body: { start: 0, end, read } };
}

const ask = (method = "GET", headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${running.port}/`, { method, headers });

test("bytes go on as they come, with their length where it is known", async () => {
  come(10);
  const asking = ask();
  coming.write("brie ");
  const response = await asking;
  expect(response.headers.get("content-length")).toBe("10");
  coming.end("gouda");
  expect(await response.text()).toBe("brie gouda");
});

test("bytes of unknown number go out in chunks, and a range of them is the whole", async () => {
  come(null);
  const asking = ask("GET", { range: "bytes=2-3" });
  coming.end("brie");
  const response = await asking;
  expect([response.status, response.headers.get("content-length")]).toEqual([200, null]);
  expect(await response.text()).toBe("brie");
});

test("a range asks for no more than itself", async () => {
  come(10);
  const asking = ask("GET", { range: "bytes=2-3" });
  coming.end("ie");
  const response = await asking;
  expect([response.status, response.headers.get("content-range")]).toEqual([206, "bytes 2-3/10"]);
  expect(await response.text()).toBe("ie");
  expect(asked).toEqual([[2, 4]]);
});

test("HEAD reads nothing", async () => {
  come(10);
  expect((await ask("HEAD")).headers.get("content-length")).toBe("10");
  expect(asked).toEqual([]);
});

test("no bytes at all are an answer too", async () => {
  come(0);
  const asking = ask();
  coming.end();
  expect(await (await asking).text()).toBe("");
});

test("what breaks off before the first byte is 503, and after it a broken connection, whether or not the length is known", async () => {
  come(10);
  const early = ask();
  coming.destroy(new Error("gone"));
  const refused = await early;
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);

  for (const end of [10, null]) {
    coming = new PassThrough();
    come(end);
    const asking = ask();
    coming.write("brie ");
    const response = await asking;
    expect(response.status).toBe(200);
    coming.destroy(new Error("gone"));
    await expect(response.text()).rejects.toThrow("terminated");
  }
});

test("when the client goes away nobody reads on, and a client that takes nothing is waited for", async () => {
  come(null);
  const raw = openRaw(running.port);
  raw.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  coming.write("brie");
  await raw.until("brie");
  raw.socket.pause();
  const piece = Buffer.alloc(65_536);
  let sent = 0;
  while (coming.write(piece)) {
    sent += piece.length;
    await new Promise(setImmediate);
    if (sent > 200_000_000) throw new Error("nobody holds the bytes back");
  }
  const closed = once(coming, "close");
  raw.socket.destroy();
  await closed;
  expect(coming.destroyed).toBe(true);
});
