import { expect, test } from "vitest";
import { recordingLog } from "../../test/support/log.ts";
import { createBreaker } from "./breaker.ts";
import { type TroubleKind, UpstreamTrouble } from "./errors.ts";

const START = Temporal.Instant.from("2026-03-01T00:00:00Z");
const trouble = (kind: TroubleKind = "unreachable", retryAfter?: number) =>
  new UpstreamTrouble(kind, "It is down.", { retryAfter });

function setUp() {
  let now = START;
  const { log, lines } = recordingLog();
  const breaker = createBreaker({ clock: { now: () => now }, log, upstream: "https://index.example/" });
  const fail = (times: number, error = trouble()) => {
    for (let i = 0; i < times; i++) breaker.admit().failed(error);
  };
  /** Seconds for which nothing is let through, undefined when a request may go. */
  const refusal = (): number | undefined => {
    try {
      breaker.admit();
      return undefined;
    } catch (error) {
      return error instanceof UpstreamTrouble ? error.retryAfter : Number.NaN;
    }
  };
  const wait = (seconds: number) => {
    now = now.add({ milliseconds: seconds * 1000 });
  };
  return { breaker, fail, refusal, wait, lines };
}

test("four failures in a row change nothing, the fifth opens it for a second", () => {
  const { breaker, fail, refusal } = setUp();
  fail(4);
  expect(breaker.state()).toMatchObject({ breaker: "closed", lastFailure: "It is down.", retryAt: null });
  fail(1);
  expect(refusal()).toBe(1);
  const retryAt = START.add({ seconds: 1 });
  expect(breaker.state()).toMatchObject({ breaker: "open", lastFailureAt: START, lastSuccessAt: null, retryAt });
});

test("a success in between starts the count again", () => {
  const { breaker, fail, refusal } = setUp();
  fail(4);
  breaker.admit().succeeded();
  fail(4);
  expect(refusal()).toBeUndefined();
});

test.each<[TroubleKind, boolean]>([
  ["unreachable", true],
  ["slow", true],
  ["server-error", true],
  ["too-many-requests", true],
  ["truncated", true],
  ["certificate", true],
  ["refused", false],
  ["wrong-type", false],
  ["not-an-index-page", false],
  ["invalid", false],
  ["too-large", false],
  ["redirects", false],
])("five times '%s' opens it: %s", (kind, opens) => {
  const { breaker, fail } = setUp();
  fail(5, trouble(kind));
  expect(breaker.state().breaker).toBe(opens ? "open" : "closed");
});

test("while it is half open one request tries, and the others wait", () => {
  const { breaker, fail, refusal, wait } = setUp();
  fail(5);
  wait(0.9);
  expect(refusal()).toBe(1);
  wait(0.1);
  const probe = breaker.admit();
  expect([breaker.state().breaker, refusal()]).toEqual(["half-open", 1]);
  probe.succeeded();
  expect([breaker.state().breaker, refusal()]).toEqual(["closed", undefined]);
});

test("a probe of which nothing is heard for a minute makes room for another", () => {
  const { breaker, fail, refusal, wait } = setUp();
  fail(5);
  wait(1);
  breaker.admit();
  wait(59);
  expect([refusal(), breaker.state().retryAt]).toEqual([1, null]);
  wait(1);
  breaker.admit().succeeded();
  expect(breaker.state().breaker).toBe("closed");
});

test("each probe that fails doubles the wait, up to a minute; a good one sets it back", () => {
  const { breaker, fail, refusal, wait } = setUp();
  fail(5);
  const waits: (number | undefined)[] = [];
  for (let i = 0; i < 8; i++) {
    const seconds = refusal() ?? 0;
    waits.push(seconds);
    wait(seconds);
    fail(1);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  wait(60);
  breaker.admit().succeeded();
  fail(5);
  expect(refusal()).toBe(1);
});

test("an upstream that asks us to wait is not asked before", () => {
  const { breaker, fail, refusal, wait } = setUp();
  fail(1, trouble("too-many-requests", 120));
  expect(refusal()).toBe(120);
  wait(119);
  expect(refusal()).toBe(1);
  wait(1);
  breaker.admit().succeeded();
  expect(refusal()).toBeUndefined();
});

test("too many requests without a time count like any failure", () => {
  const { fail, refusal } = setUp();
  fail(4, trouble("too-many-requests"));
  expect(refusal()).toBeUndefined();
  fail(1, trouble("server-error", 30));
  expect(refusal()).toBe(30);
});

test("what was under way when it opened neither opens nor closes it", () => {
  const { breaker, fail, refusal } = setUp();
  const [good, bad] = [breaker.admit(), breaker.admit()];
  fail(5);
  good.succeeded();
  bad.failed(trouble("too-many-requests", 600));
  expect(refusal()).toBe(1);
});

test("nonsense about one project is an answer to a probe", () => {
  const { breaker, fail, wait } = setUp();
  fail(5);
  wait(1);
  fail(1, trouble("invalid"));
  expect(breaker.state().breaker).toBe("closed");
});

test("a body that breaks off after a probe's good beginning counts as one failure", () => {
  const { breaker, fail, wait } = setUp();
  fail(5);
  wait(1);
  const probe = breaker.admit();
  probe.succeeded();
  probe.failed(trouble("truncated"));
  expect(breaker.state().breaker).toBe("closed");
});

test("each change is logged once", () => {
  const { breaker, fail, refusal, wait, lines } = setUp();
  fail(5);
  refusal();
  wait(1);
  fail(1);
  wait(2);
  breaker.admit().succeeded();
  breaker.admit().succeeded();
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "warn https://index.example/ is not asked for 1 s: It is down.",
    "info https://index.example/ is tried again",
    "warn https://index.example/ is not asked for 2 s: It is down.",
    "info https://index.example/ is tried again",
    "info https://index.example/ answers again",
  ]);
});
