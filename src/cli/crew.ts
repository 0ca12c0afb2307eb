import type { Log } from "../platform/log/log.ts";
import { createBarrier, type Member } from "./barrier.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { CommandFailed } from "./terminal.ts";

/** A process that can be talked to; node:cluster's workers are made into these by fork-worker.ts. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  kill(): void;
  onMessage(listener: (message: ToSupervisor) => void): void;
  /** Once, when it is gone; `how` is an exit code or a signal, for people. */
  onExit(listener: (how: string) => void): void;
}

export interface CrewDeps {
  readonly size: number;
  readonly fork: () => WorkerProcess;
  /** What the worker with this number is started with. */
  readonly start: (number: number) => ToWorker;
  readonly log: Log;
  /** Milliseconds on a scale that only goes forward. */
  readonly now: () => number;
  readonly later: (milliseconds: number, callback: () => void) => () => void;
  /** Tells other servers on this database about a change made here. */
  readonly publish?: (change: unknown) => void;
  /** Waited for when all workers have seen a change, before whoever made it is told so. */
  readonly afterwards?: ((change: unknown) => Promise<void>) | undefined;
}

export interface Crew {
  /** Resolves when all workers listen. Rejects with WorkersFailed when one cannot. */
  readonly ready: Promise<void>;
  /** Rejects with WorkersFailed when too many died. Never resolves. */
  readonly lost: Promise<never>;
  /** Passes on what another server changed. */
  announce(change: unknown): Promise<void>;
  /** Lets every worker finish what it does; resolves when all are gone. */
  drain(): Promise<void>;
  kill(): void;
}

/** Workers cannot start, or die too often to be replaced. */
export class WorkersFailed extends CommandFailed {}

/** Replacements in a minute before the crew is given up. */
const REPLACEMENTS = 5;
const MINUTE = 60_000;
const SECOND = 1_000;

interface Worker extends Member {
  readonly number: number;
  readonly process: WorkerProcess;
  /** Set when its death is wanted and does not count. */
  isDismissed: boolean;
  state: "starting" | "armed" | "listening";
}

/** Starts workers, replaces those that die, and carries changes between them. */
export function createCrew({ size, fork, start, log, now, later, publish, afterwards }: CrewDeps): Crew {
  const workers = new Set<Worker>();
  const deaths: number[] = [];
  const ready = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<never>();
  const gone = Promise.withResolvers<void>();
  let isReady = false;
  let isEnding = false;
  for (const { promise } of [ready, lost]) promise.catch(() => {});

  const barrier = createBarrier({
    members: () => [...workers].filter(({ state }) => state !== "starting"),
    later,
    replace: (member) => {
      const worker = [...workers].find((candidate) => candidate === member);
      if (!worker || worker.isDismissed) return;
      log.warn({ worker: worker.number, pid: worker.process.pid }, `${worker.name} does not answer and is replaced`);
      worker.isDismissed = true;
      worker.process.kill();
    },
  });

  for (let number = 1; number <= size; number++) launch(number);
  return {
    ready: ready.promise,
    lost: lost.promise,
    announce: (change) => tellAll(change),
    drain() {
      isEnding = true;
      for (const { process } of workers) process.send({ kind: "drain" });
      if (workers.size === 0) gone.resolve();
      return gone.promise;
    },
    kill() {
      isEnding = true;
      for (const { process } of workers) process.kill();
    },
  };

  function tellAll(change: unknown, author?: Worker): Promise<void> {
    const told = barrier.announce(change, author);
    return afterwards === undefined ? told : told.then(() => afterwards(change));
  }

  function launch(number: number): void {
    const process = fork();
    const worker: Worker = {
      number,
      name: `worker ${number}`,
      process,
      state: "starting",
      isDismissed: false,
      tell: (id, change) => process.send({ kind: "change", id, change }),
    };
    workers.add(worker);
    process.onMessage((message) => hear(worker, message));
    process.onExit((how) => mourn(worker, how));
    process.send(start(number));
  }

  function hear(worker: Worker, message: ToSupervisor): void {
    switch (message.kind) {
      case "prepared":
        // Armed before it listens: it is asked about every change from now on.
        worker.state = "armed";
        worker.process.send({ kind: "listen" });
        return;
      case "listening":
        worker.state = "listening";
        if (!isReady && [...workers].every(({ state }) => state === "listening")) {
          isReady = true;
          ready.resolve();
        }
        return;
      case "failed":
        if (!isReady) giveUp(message.message);
        else {
          log.error({ worker: worker.number }, `${worker.name} cannot start: ${message.message}`);
          worker.process.kill();
        }
        return;
      case "announce": {
        publish?.(message.change);
        const { id } = message;
        void tellAll(message.change, worker).then(() => worker.process.send({ kind: "settled", id }));
        return;
      }
      case "seen":
        barrier.seen(worker, message.id);
    }
  }

  function mourn(worker: Worker, how: string): void {
    workers.delete(worker);
    barrier.left(worker);
    if (isEnding) {
      if (workers.size === 0) gone.resolve();
      return;
    }
    const { number, name, isDismissed } = worker;
    const time = now();
    if (!isDismissed) deaths.push(time);
    while ((deaths[0] ?? time) < time - MINUTE) deaths.shift();
    if (!isReady || deaths.length > REPLACEMENTS) {
      giveUp(
        isReady
          ? `${deaths.length} workers died within a minute, the last one by ${how}`
          : `${name} ended while it started (${how})`,
      );
      return;
    }
    log.error({ worker: number, how }, `${name} ended (${how}) and is replaced`);
    // What keeps one from starting, such as a database that restarts, needs a moment to pass.
    if (worker.state === "starting") later(SECOND, () => isEnding || launch(number));
    else launch(number);
  }

  function giveUp(reason: string): void {
    if (isEnding) return;
    const failure = new WorkersFailed(reason);
    ready.reject(failure);
    lost.reject(failure);
  }
}
