import type { Log } from "../platform/log/log.ts";
import type { WorkerProcess } from "./crew.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";

export interface JobKeeperDeps {
  readonly fork: () => WorkerProcess;
  readonly start: ToWorker;
  readonly log: Log;
  /** Milliseconds on a scale that only goes forward. */
  readonly now: () => number;
  readonly later: (milliseconds: number, callback: () => void) => () => void;
  /** Resolves when every worker has seen a change that a job made. */
  readonly announce: (change: unknown) => Promise<void>;
}

export interface JobKeeper {
  /** Lets jobs come to a point where they can stop; resolves when the process is gone. */
  drain(): Promise<void>;
  kill(): void;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/**
 * Keeps the job process running. One that dies is replaced, after a pause that doubles as long as it lives for less than a
 * minute: what jobs do wrong never ends the server.
 */
export function createJobKeeper({ fork, start, log, now, later, announce }: JobKeeperDeps): JobKeeper {
  const gone = Promise.withResolvers<void>();
  let current: WorkerProcess | undefined;
  let cancel = () => {};
  let pause = FIRST_PAUSE;
  let isEnding = false;

  launch();
  return {
    drain() {
      isEnding = true;
      cancel();
      if (current === undefined) gone.resolve();
      else current.send({ kind: "drain" });
      return gone.promise;
    },
    kill() {
      isEnding = true;
      cancel();
      current?.kill();
    },
  };

  function launch(): void {
    const began = now();
    const process = fork();
    current = process;
    process.onMessage((message) => hear(process, message));
    process.onExit((how) => {
      current = undefined;
      if (isEnding) {
        gone.resolve();
        return;
      }
      if (now() - began > LONGEST_PAUSE) pause = FIRST_PAUSE;
      log.error({ how, pid: process.pid }, `the job process ended (${how}) and is replaced in ${pause / 1000} s`);
      cancel = later(pause, launch);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    });
    process.send(start);
  }

  function hear(process: WorkerProcess, message: ToSupervisor): void {
    if (message.kind === "announce") {
      const { id, change } = message;
      void announce(change).then(() => process.send({ kind: "settled", id }));
    } else if (message.kind === "failed") {
      log.error({ pid: process.pid }, `the job process cannot start: ${message.message}`);
      process.kill();
    }
  }
}
