import { expect, test } from "vitest";
import { DatabaseUnavailable } from "./errors.ts";
import { createPulse } from "./pulse.ts";

function setUp() {
  let time = 0;
  let isAlive = true;
  let asked = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const pulse = createPulse({
    ask: async () => {
      asked++;
      return isAlive;
    },
    now: () => time,
    patience: 35_000,
    later: (milliseconds, callback) => void timers.push({ at: time + milliseconds, callback }),
  });
  return {
    pulse,
    asked: () => asked,
    timers: () => timers.length,
    setAlive(value: boolean) {
      isAlive = value;
    },
    async pass(milliseconds: number) {
      for (const end = time + milliseconds; time < end; ) {
        time += 100;
        const due = timers.filter(({ at }) => at <= time);
        timers = timers.filter(({ at }) => at > time);
        for (const { callback } of due) callback();
        await new Promise(setImmediate);
      }
    },
  };
}

const never = () => new Promise<string>(() => {});
const outcomeOf = (promise: Promise<string>) =>
  promise.catch((error: unknown) => (error instanceof DatabaseUnavailable ? "unavailable" : String(error)));

async function isOver(promise: Promise<string>): Promise<boolean> {
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, undefined))])) !== undefined;
}

test("answers and errors pass through, and when nothing is waited for no timer runs", async () => {
  const { pulse, pass, timers, asked } = setUp();
  expect(await pulse.watch(async () => "row")).toBe("row");
  await expect(pulse.watch(() => Promise.reject(new Error("no such table")))).rejects.toThrow("no such table");
  await pass(1_000);
  expect([timers(), asked()]).toEqual([0, 0]);
});

test("a statement that takes long is waited for as long as the database lives", async () => {
  const { pulse, pass, asked } = setUp();
  const { promise, resolve } = Promise.withResolvers<string>();
  const slow = pulse.watch(() => promise);
  await pass(30_000);
  expect(asked()).toBeGreaterThan(1);
  resolve("at last");
  expect(await slow).toBe("at last");
});

test("a statement that is forgotten on its way is given up though the database lives", async () => {
  const { pulse, pass } = setUp();
  const lost = outcomeOf(pulse.watch(never));
  for (let second = 0; second < 36; second++) {
    await pass(1_000);
    expect(await pulse.watch(async () => "row")).toBe("row");
  }
  expect(await lost).toBe("unavailable");
});

test("a database that falls silent fails all who wait within seconds, others at once, until it answers again", async () => {
  const { pulse, pass, setAlive, timers } = setUp();
  setAlive(false);
  const first = outcomeOf(pulse.watch(never));
  await pass(1_500);
  const second = outcomeOf(pulse.watch(never));
  expect(await isOver(first)).toBe(false);
  await pass(1_000);
  expect([await first, await second]).toEqual(["unavailable", "unavailable"]);
  expect(await outcomeOf(pulse.watch(async () => "row"))).toBe("unavailable");
  await pass(10_000);
  expect(await outcomeOf(pulse.watch(async () => "row"))).toBe("unavailable");
  setAlive(true);
  await pass(600);
  expect(await pulse.watch(async () => "row")).toBe("row");
  await pass(1_000);
  expect(timers()).toBe(0);
});

test("where only newcomers wait in vain, other statements go on", async () => {
  const { pulse, pass, setAlive } = setUp();
  setAlive(false);
  const newcomer = outcomeOf(pulse.watch(never));
  for (let step = 0; step < 30; step++) {
    await pass(100);
    expect(await pulse.watch(async () => "row")).toBe("row");
  }
  expect(await newcomer).toBe("unavailable");
});

test("what arrives after all was given up is not missed by anyone", async () => {
  const { pulse, pass, setAlive } = setUp();
  setAlive(false);
  const { promise, reject } = Promise.withResolvers<string>();
  const late = outcomeOf(pulse.watch(() => promise));
  await pass(3_000);
  reject(new Error("Connection terminated"));
  expect(await late).toBe("unavailable");
});
