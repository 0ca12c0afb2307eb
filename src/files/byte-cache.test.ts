import fc from "fast-check";
import { expect, test } from "vitest";
import { createByteCache } from "./byte-cache.ts";

test("what was used last stays", () => {
  const cache = createByteCache<string>(30);
  for (const key of ["a", "b", "c"]) cache.set(key, key, 10);
  cache.get("a");
  cache.set("d", "d", 10);
  expect([...cache.values()].map(([key]) => key)).toEqual(["c", "a", "d"]);
});

test("what is heavier than the budget is not kept, and drives nothing out", () => {
  const cache = createByteCache<string>(30);
  cache.set("a", "old", 10);
  cache.set("b", "b", 31);
  expect([...cache.values()]).toEqual([["a", "old"]]);
  cache.set("a", "new and huge", 31);
  expect(cache.get("a")).toBeUndefined();
});

test("the weights of what is kept never exceed the budget, whatever happens", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e");
  const act = fc.oneof(
    fc.record({ do: fc.constant("set" as const), key, weight: fc.nat(40) }),
    fc.record({
      do: fc.constantFrom("get" as const, "delete" as const, "clear" as const),
      key,
      weight: fc.constant(0),
    }),
  );
  fc.assert(
    fc.property(fc.array(act), (acts) => {
      const cache = createByteCache<number>(100);
      for (const { do: what, key, weight } of acts) {
        if (what === "set") cache.set(key, weight, weight);
        else if (what === "clear") cache.clear();
        else cache[what](key);
        const total = [...cache.values()].reduce((sum, [, weight]) => sum + weight, 0);
        expect(total).toBeLessThanOrEqual(100);
        if (what === "set") expect(cache.get(key)).toBe(weight);
      }
      // Nothing is forgotten to be subtracted: an empty cache takes the whole budget again.
      for (const [key] of [...cache.values()]) cache.delete(key);
      cache.set("z", 100, 100);
      expect(cache.get("z")).toBe(100);
    }),
  );
});
