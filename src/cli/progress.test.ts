import { expect, test } from "vitest";
import { createProgress } from "./progress.ts";

function setUp(isInteractive: boolean) {
  let time = 0;
  const written: string[] = [];
  const progress = createProgress({
    write: (text) => written.push(text),
    isInteractive,
    now: () => time,
    title: "copying files",
    total: { things: 4, bytes: 4_000_000 },
  });
  const wait = (milliseconds: number) => {
    time += milliseconds;
  };
  return { progress, written, wait };
}

test("a log gets a line every five seconds, with rate and time left", () => {
  const { progress, written, wait } = setUp(false);
  wait(1000);
  progress.advance(500_000, 1);
  expect(written).toEqual([]);
  wait(4000);
  progress.advance(500_000, 1);
  wait(1000);
  progress.advance(100_000);
  progress.end();
  expect(written).toEqual(["copying files: 2 of 4, 1.0 MB of 4.0 MB, 25 %, 200 kB/s, 15 s left\n"]);
});

test("a terminal gets one line, drawn over and cleared at the end", () => {
  const { progress, written, wait } = setUp(true);
  wait(1000);
  progress.advance(2_000_000, 2);
  progress.end();
  expect(written).toEqual([
    "\r\x1b[Kcopying files [############------------] 2 of 4  2.0 MB of 4.0 MB  50 %  2.0 MB/s  1 s left",
    "\r\x1b[K",
  ]);
});

test("what needs no work is neither done nor left", () => {
  const { progress, written, wait } = setUp(false);
  wait(4000);
  progress.skip(1_000_000);
  progress.skip(1_000_000);
  wait(1000);
  progress.advance(1_000_000, 1);
  expect(written).toEqual(["copying files: 1 of 2, 1.0 MB of 2.0 MB, 50 %, 200 kB/s, 5 s left\n"]);
});

test("hours are told as hours", () => {
  const { progress, written, wait } = setUp(false);
  wait(8000);
  progress.advance(4000, 1);
  expect(written[0]).toContain("2 h 13 min left");
});
