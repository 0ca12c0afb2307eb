import { expect, test } from "vitest";
import { ExpiringCache } from "./expiring-cache.ts";

function cacheOf(capacity: number) {
  let now = Temporal.Instant.from("2026-01-01T00:00:00Z");
  const cache = new ExpiringCache<number>({ clock: { now: () => now }, seconds: 60, capacity });
  const pass = (seconds: number) => {
    now = now.add({ seconds });
  };
  return { cache, pass };
}

test("a value is kept for less than its time, however often it is asked for", () => {
  const { cache, pass } = cacheOf(9);
  cache.store("a", 1);
  pass(30);
  expect(cache.find("a")).toBe(1);
  pass(29);
  expect(cache.find("a")).toBe(1);
  pass(1);
  expect(cache.find("a")).toBeUndefined();
});

test("a clock that is set back empties the cache rather than prolonging it", () => {
  const { cache, pass } = cacheOf(9);
  cache.store("a", 1);
  pass(-1);
  expect(cache.find("a")).toBeUndefined();
});

test("the least recently asked for leaves first", () => {
  const { cache } = cacheOf(2);
  cache.store("a", 1);
  cache.store("b", 2);
  cache.find("a");
  cache.store("c", 3);
  expect(["a", "b", "c"].map((key) => cache.find(key))).toEqual([1, undefined, 3]);
});

test("what was fetched before a removal is not stored after it", () => {
  const { cache } = cacheOf(9);
  const { moment } = cache;
  cache.remove((value) => value === 1);
  cache.store("a", 1, moment);
  expect(cache.find("a")).toBeUndefined();
  cache.store("a", 1, cache.moment);
  cache.store("b", 2);
  cache.remove((value) => value === 1);
  expect([cache.find("a"), cache.find("b")]).toEqual([undefined, 2]);
});
