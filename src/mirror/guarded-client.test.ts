import { expect, test } from "vitest";
import { quietLog } from "../../test/support/log.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import { FileGone, UpstreamTrouble } from "./errors.ts";
import { createGuardedClient } from "./guarded-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";

const ACME = normalizeName("acme");
const KNOWN = { etag: null, lastModified: null };
const FILE = "https://files.example/acme-1.0.tar.gz";

/** A client of which every method does the same. */
function setUp(answer: () => Promise<unknown>) {
  let calls = 0;
  const ask = () => {
    calls++;
    return answer() as Promise<never>;
  };
  const client: UpstreamClient = {
    getPage: ask,
    getReleaseMetadata: ask,
    openFile: ask,
    getSmallFile: ask,
    readRange: ask,
    close: async () => {},
  };
  let now = Temporal.Instant.from("2026-03-01T00:00:00Z");
  const options = { clock: { now: () => now }, log: quietLog, upstream: "https://index.example/" };
  const wait = (seconds: number) => {
    now = now.add({ seconds });
  };
  return { guarded: createGuardedClient(client, options), calls: () => calls, wait };
}

const fails = async () => {
  throw new UpstreamTrouble("unreachable", "It is down.");
};

async function times(count: number, ask: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await ask().catch(() => {});
}

test("after five failures nobody asks, and everybody hears at once when to come again", async () => {
  const { guarded, calls, wait } = setUp(fails);
  await times(5, () => guarded.getPage(ACME, KNOWN));
  const refusal = { name: "UpstreamTrouble", kind: "unreachable", retryAfter: 1, message: "It is down." };
  await expect(guarded.getPage(ACME, KNOWN)).rejects.toMatchObject(refusal);
  await expect(guarded.getReleaseMetadata(ACME, "1.0")).rejects.toMatchObject(refusal);
  expect([calls(), guarded.state().breaker]).toEqual([5, "open"]);
  wait(1);
  await times(2, () => guarded.getPage(ACME, KNOWN));
  expect(calls()).toBe(6);
});

test("files that cannot be had leave the pages alone, and show in the state", async () => {
  const { guarded, calls } = setUp(fails);
  await times(2, () => guarded.getSmallFile(FILE, 1));
  await times(2, () => guarded.readRange(FILE, 0, 1));
  await times(2, () => guarded.openFile(FILE));
  expect([calls(), guarded.state().breaker]).toEqual([5, "open"]);
  await times(1, () => guarded.getPage(ACME, KNOWN));
  expect(calls()).toBe(6);
});

test.each([
  ["a file that is gone", new FileGone("gone")],
  ["what nobody expected", new TypeError("a mistake of ours")],
])("%s is an answer: the failures before it do not count any more", async (_, error) => {
  let calls = 0;
  const { guarded } = setUp(() => (++calls === 5 ? Promise.reject(error) : fails()));
  await times(4, () => guarded.openFile(FILE));
  await expect(guarded.openFile(FILE)).rejects.toBe(error);
  await times(4, () => guarded.openFile(FILE));
  expect([calls, guarded.state().breaker]).toEqual([9, "closed"]);
});

test("a download that breaks off is told to those who look", async () => {
  const { guarded } = setUp(async () => {
    async function* chunks() {
      yield Buffer.from("half");
      throw new UpstreamTrouble("truncated", "It broke off.");
    }
    return { size: 8, body: { [Symbol.asyncIterator]: chunks, destroy() {} } };
  });
  const { body } = await guarded.openFile(FILE);
  await expect(Array.fromAsync(body)).rejects.toMatchObject({ kind: "truncated" });
  expect(guarded.state()).toMatchObject({ breaker: "closed", lastFailure: "It broke off." });
});
