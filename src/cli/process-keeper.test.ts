import { expect, test } from "vitest";
import { recordingLog } from "../../test/support/log.ts";
import type { WorkerProcess } from "./crew.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { createProcessKeeper } from "./process-keeper.ts";

const start: ToWorker = {
  kind: "start",
  texts: { settings: {}, rules: {} },
  connection: "",
  port: 1,
  number: 1,
  fetcher: "",
};

function setUp() {
  const processes: ReturnType<typeof makeProcess>[] = [];
  const timers: { milliseconds: number; callback: () => void; isCancelled: boolean }[] = [];
  const time = { now: 0 };
  const { log, lines } = recordingLog();
  const told: unknown[] = [];
  const keeper = createProcessKeeper({
    name: "the job process",
    fork: () => {
      const process = makeProcess(processes.length + 1);
      processes.push(process);
      return process;
    },
    start,
    log,
    now: () => time.now,
    later(milliseconds, callback) {
      const timer = { milliseconds, callback, isCancelled: false };
      timers.push(timer);
      return () => {
        timer.isCancelled = true;
      };
    },
    announce: async (change) => void told.push(change),
  });
  return { keeper, processes, timers, time, lines, told };
}

function makeProcess(pid: number) {
  const heard: ToWorker[] = [];
  let onMessage = (_: ToSupervisor) => {};
  let onExit = (_: string) => {};
  const state = { isKilled: false };
  const process: WorkerProcess = {
    pid,
    send: (message) => void heard.push(message),
    kill: () => {
      state.isKilled = true;
    },
    onMessage: (listener) => {
      onMessage = listener;
    },
    onExit: (listener) => {
      onExit = listener;
    },
  };
  return { ...process, heard, state, say: (message: ToSupervisor) => onMessage(message), die: () => onExit("SIGKILL") };
}

test("a job process that dies is replaced, after longer and longer pauses, and shorter ones when it has lived", () => {
  const { processes, timers, time, lines } = setUp();
  for (let death = 0; death < 8; death++) {
    processes.at(-1)?.die();
    timers.at(-1)?.callback();
  }
  time.now += 61_000;
  processes.at(-1)?.die();
  expect(timers.map(({ milliseconds }) => milliseconds / 1000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 1]);
  expect(processes).toHaveLength(9);
  expect(processes.at(-1)?.heard).toEqual([start]);
  expect(lines).toHaveLength(9);
});

test("one that cannot start is killed and its reason told", () => {
  const { processes, lines } = setUp();
  processes[0]?.say({ kind: "failed", message: "no such folder" });
  expect(processes[0]?.state.isKilled).toBe(true);
  expect(lines).toMatchObject([{ level: "error", message: "the job process cannot start: no such folder" }]);
});

test("a change that a job made is told to the workers before the job goes on", async () => {
  const { processes, told } = setUp();
  processes[0]?.say({ kind: "announce", id: 7, change: { kind: "everything" } });
  await expect.poll(() => processes[0]?.heard.at(-1)).toEqual({ kind: "settled", id: 7 });
  expect(told).toEqual([{ kind: "everything" }]);
});

test("draining ends when the process has gone, and it is not replaced", async () => {
  const { keeper, processes, timers } = setUp();
  const drained = keeper.drain();
  expect(processes[0]?.heard.at(-1)).toEqual({ kind: "drain" });
  processes[0]?.die();
  await drained;
  expect(timers).toEqual([]);
});

test("draining between two processes starts none", async () => {
  const { keeper, processes, timers } = setUp();
  processes[0]?.die();
  await keeper.drain();
  expect(timers.map(({ isCancelled }) => isCancelled)).toEqual([true]);
});
