import { expect, test } from "vitest";
import { type Crew, createCrew, type WorkerProcess, WorkersFailed } from "./crew.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";

interface Fake extends WorkerProcess {
  readonly heard: ToWorker[];
  isKilled: boolean;
  say(message: ToSupervisor): void;
  die(how?: string): void;
}

function createFake(pid: number): Fake {
  let onMessage = (_: ToSupervisor) => {};
  let onExit = (_: string) => {};
  const fake: Fake = {
    pid,
    heard: [],
    isKilled: false,
    send: (message) => void fake.heard.push(message),
    kill: () => {
      fake.isKilled = true;
    },
    onMessage: (listener) => {
      onMessage = listener;
    },
    onExit: (listener) => {
      onExit = listener;
    },
    say: (message) => onMessage(message),
    die: (how = "SIGKILL") => onExit(how),
  };
  return fake;
}

function setUp(size: number, afterwards?: (change: unknown) => Promise<void>) {
  const workers: Fake[] = [];
  const time = { now: 0 };
  const timers: (() => void)[] = [];
  const published: unknown[] = [];
  const crew: Crew = createCrew({
    size,
    fork: () => {
      const fake = createFake(workers.length + 1);
      workers.push(fake);
      return fake;
    },
    start: (number) => ({
      kind: "start",
      texts: { settings: {}, rules: {} },
      connection: "",
      port: 1,
      number,
      fetcher: "",
    }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    now: () => time.now,
    later: (_, callback) => {
      timers.push(callback);
      return () => {};
    },
    publish: (change) => void published.push(change),
    afterwards,
  });
  return { crew, workers, time, timers, published };
}

function bringUp(worker: Fake | undefined): void {
  worker?.say({ kind: "prepared" });
  worker?.say({ kind: "listening" });
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("the crew is ready when all of it listens; each is told to once it is prepared", async () => {
  const { crew, workers } = setUp(2);
  expect(workers.map(({ heard }) => heard[0])).toMatchObject([
    { kind: "start", number: 1 },
    { kind: "start", number: 2 },
  ]);
  for (const worker of workers) bringUp(worker);
  await crew.ready;
  expect(workers[0]?.heard[1]).toEqual({ kind: "listen" });
});

test("a worker that cannot start ends the start", async () => {
  const { crew, workers } = setUp(2);
  bringUp(workers[0]);
  workers[1]?.say({ kind: "failed", message: "Port 80 is for privileged programs" });
  expect(await failureOf(crew.ready)).toEqual(new WorkersFailed("Port 80 is for privileged programs"));
});

test("one that dies while the crew starts is not replaced", async () => {
  const { crew, workers } = setUp(1);
  workers[0]?.die("exit code 9");
  expect(await failureOf(crew.ready)).toBeInstanceOf(WorkersFailed);
  expect(workers).toHaveLength(1);
});

test("five replacements in a minute are made, the sixth death ends it", async () => {
  const { crew, workers, time } = setUp(1);
  bringUp(workers[0]);
  for (let death = 1; death <= 6; death++) {
    time.now += 1_000;
    workers.at(-1)?.die();
    bringUp(workers.at(-1));
  }
  expect(workers).toHaveLength(6);
  expect(await failureOf(crew.lost)).toBeInstanceOf(WorkersFailed);
});

test("deaths of more than a minute ago do not count", () => {
  const { workers, time } = setUp(1);
  bringUp(workers[0]);
  for (let death = 1; death <= 20; death++) {
    time.now += 13_000;
    workers.at(-1)?.die();
    bringUp(workers.at(-1));
  }
  expect(workers).toHaveLength(21);
});

test("what one worker changed reaches the others before it is told that it has, and other servers", async () => {
  const { workers, published } = setUp(3);
  for (const worker of workers) bringUp(worker);
  const [author, second, third] = workers;
  author?.say({ kind: "announce", id: 7, change: "brie" });
  expect(published).toEqual(["brie"]);
  const told = second?.heard.at(-1);
  expect(told).toMatchObject({ kind: "change", change: "brie" });
  const id = told?.kind === "change" ? told.id : 0;
  second?.say({ kind: "seen", id });
  await Promise.resolve();
  expect(author?.heard.at(-1)).toEqual({ kind: "listen" });
  third?.say({ kind: "seen", id });
  await Promise.resolve();
  expect(author?.heard.at(-1)).toEqual({ kind: "settled", id: 7 });
});

test("a worker that is still starting is not waited for", async () => {
  const { workers } = setUp(2);
  bringUp(workers[0]);
  workers[0]?.say({ kind: "announce", id: 1, change: "brie" });
  await Promise.resolve();
  expect(workers[0]?.heard.at(-1)).toEqual({ kind: "settled", id: 1 });
});

test("one that answers nothing is killed and replaced, and that does not count as a death", async () => {
  const { workers, timers, crew } = setUp(2);
  for (const worker of workers) bringUp(worker);
  for (let round = 1; round <= 10; round++) {
    const announced = crew.announce("brie");
    const silent = workers.at(-1);
    const told = workers[0]?.heard.at(-1);
    workers[0]?.say({ kind: "seen", id: told?.kind === "change" ? told.id : 0 });
    for (const expire of timers.splice(0)) expire();
    expect(silent?.isKilled).toBe(true);
    silent?.die();
    await announced;
    bringUp(workers.at(-1));
  }
  expect(workers).toHaveLength(12);
});

test("a replacement that cannot start is tried again after a moment", () => {
  const { workers, timers } = setUp(1);
  bringUp(workers[0]);
  workers[0]?.die();
  workers[1]?.say({ kind: "failed", message: "the database restarts" });
  expect(workers[1]?.isKilled).toBe(true);
  workers[1]?.die();
  expect(workers).toHaveLength(2);
  for (const expire of timers.splice(0)) expire();
  expect(workers).toHaveLength(3);
});

test("a drain is over when all are gone, and nobody is replaced then", async () => {
  const { crew, workers } = setUp(2);
  for (const worker of workers) bringUp(worker);
  const drained = crew.drain();
  expect(workers.map(({ heard }) => heard.at(-1))).toEqual([{ kind: "drain" }, { kind: "drain" }]);
  for (const worker of workers) worker.die("exit code 0");
  await drained;
  expect(workers).toHaveLength(2);
});

test("what has to happen after all have heard of a change happens before its author is told so", async () => {
  const { promise: isDone, resolve: finish } = Promise.withResolvers<void>();
  const happened: unknown[] = [];
  const { workers } = setUp(2, async (change) => {
    happened.push(change);
    await isDone;
  });
  for (const worker of workers) bringUp(worker);
  const [author, other] = workers;
  author?.say({ kind: "announce", id: 7, change: "brie" });
  expect(happened).toEqual([]);
  const told = other?.heard.find((message) => message.kind === "change");
  other?.say({ kind: "seen", id: told?.kind === "change" ? told.id : 0 });
  await new Promise(setImmediate);
  expect(happened).toEqual(["brie"]);
  expect(author?.heard.at(-1)?.kind).toBe("listen");
  finish();
  await new Promise(setImmediate);
  expect(author?.heard.at(-1)).toEqual({ kind: "settled", id: 7 });
});
