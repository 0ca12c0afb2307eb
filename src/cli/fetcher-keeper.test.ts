import { expect, test } from "vitest";
import { recordingLog } from "../../test/support/log.ts";
import { createFetcherKeeper } from "./fetcher-keeper.ts";

function setUp() {
  const { log, lines } = recordingLog();
  const calls: string[] = [];
  const state = { hasMirrors: async () => false };
  const keeper = createFetcherKeeper({
    hasMirrors: () => state.hasMirrors(),
    launch() {
      calls.push("launch");
      return { drain: async () => void calls.push("drain"), kill: () => void calls.push("kill") };
    },
    log,
  });
  return { keeper, calls, state, lines };
}

test("the fetcher starts with the first mirror, once, and ends with the server", async () => {
  const { keeper, calls, state } = setUp();
  await keeper.look();
  expect(calls).toEqual([]);
  state.hasMirrors = async () => true;
  await Promise.all([keeper.look(), keeper.look()]);
  await keeper.look();
  await keeper.drain();
  keeper.kill();
  expect(calls).toEqual(["launch", "drain", "kill"]);
});

test("a server that stops starts none any more", async () => {
  const { keeper, calls, state } = setUp();
  const answer = Promise.withResolvers<boolean>();
  state.hasMirrors = () => answer.promise;
  const looking = keeper.look();
  await keeper.drain();
  answer.resolve(true);
  await looking;
  expect(calls).toEqual([]);
});

test("a database that cannot be asked is asked again with the next change", async () => {
  const { keeper, calls, state, lines } = setUp();
  state.hasMirrors = () => Promise.reject(new Error("down"));
  await keeper.look();
  expect(lines).toMatchObject([{ level: "warn" }]);
  state.hasMirrors = async () => true;
  await keeper.look();
  expect(calls).toEqual(["launch"]);
});
