import type { Log } from "../platform/log/log.ts";
import type { WorkerProcess } from "./crew.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";

export interface ProcessKeeperDeps {
  /** As people read it, such as `the job process`. */
  readonly name: string;
  readonly fork: () => WorkerProcess;
  readonly start: ToWorker;
  readonly log: Log;
  /** Milliseconds on a scale that only goes forward. */
  readonly now: () => number;
  readonly later: (milliseconds: number, callback: () => void) => () => void;
  /** Resolves when every worker has seen a change that the process made. */
  readonly announce: (change: unknown) => Promise<void>;
}

export interface ProcessKeeper {
  /** Lets the process come to a point where it can stop; resolves when it is gone. */
  drain(): Promise<void>;
  kill(): void;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/**
 * Keeps a process running that answers no requests. One that dies is replaced, after a pause that doubles as long as it lives
 * for less than a minute: what goes wrong in it never ends the server.
 */
export function createProcessKeeper(deps: ProcessKeeperDeps): ProcessKeeper {
  const { name, fork, start, log, now, later, announce } = deps;
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
      log.error({ how, pid: process.pid }, `${name} ended (${how}) and is replaced in ${pause / 1000} s`);
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
      log.error({ pid: process.pid }, `${name} cannot start: ${message.message}`);
      process.kill();
    }
  }
}
