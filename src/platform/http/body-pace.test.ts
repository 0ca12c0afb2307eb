import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createBodyPace } from "./body-pace.ts";

/** A body under way whose bytes a test lets come, and a pace of 100 bytes in 30 s on a clock that the test moves. */
function setUp() {
  let time = 0;
  let came = 0;
  const ended: IncomingMessage[] = [];
  const pace = createBodyPace({
    now: () => time,
    windowMs: 30_000,
    leastBytes: 100,
    onTooSlow: (request) => ended.push(request),
  });
  const socket = new Socket();
  Object.defineProperty(socket, "bytesRead", { get: () => came });
  const request = new IncomingMessage(socket);
  pace.watch(request, new ServerResponse(request));
  const after = (ms: number, bytes: number) => {
    time += ms;
    came += bytes;
    pace.check();
  };
  return { pace, request, ended, after };
}

test("a body is ended after the first window that brought too little, once", () => {
  const { ended, after } = setUp();
  after(30_000, 100);
  after(29_999, 99);
  expect(ended).toHaveLength(0);
  after(1, 0);
  after(60_000, 0);
  expect(ended).toHaveLength(1);
});

test("a body that we ourselves do not read is left alone", () => {
  const { request, ended, after } = setUp();
  request.push(Buffer.alloc(request.readableHighWaterMark));
  after(30_000, 0);
  expect(ended).toHaveLength(0);
});

test("a body that has come is watched no more", () => {
  const { pace, request, ended, after } = setUp();
  request.complete = true;
  after(30_000, 0);
  expect([ended.length, pace.size]).toEqual([0, 0]);
});
