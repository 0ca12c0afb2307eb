import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { aborted, watchSignals } from "./signals.ts";

function setUp() {
  const source = new EventEmitter();
  const time = { now: 0 };
  return { source, time, signals: watchSignals(source, () => time.now) };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("the first %s drains", async (name) => {
  const { source, signals } = setUp();
  source.emit(name);
  await aborted(signals.drain);
  expect(signals.quit.aborted).toBe(false);
});

test("one Ctrl-C that arrives twice is one wish; a later one quits", () => {
  const { source, signals, time } = setUp();
  source.emit("SIGINT");
  time.now = 1_000;
  source.emit("SIGTERM");
  expect(signals.quit.aborted).toBe(false);
  time.now = 1_001;
  source.emit("SIGINT");
  expect(signals.quit.aborted).toBe(true);
});
