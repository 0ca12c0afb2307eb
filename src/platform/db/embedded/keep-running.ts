import { DataFolderInUse } from "./errors.ts";
import { type EmbeddedLog, findPostmaster, type Sleep } from "./postmaster.ts";
import type { Held } from "./take-cluster.ts";

export interface Keeper {
  readonly pid: number;
  /** Rejects with DataFolderInUse when another program took the cluster while it was down. */
  readonly ended: Promise<void>;
  /** Stops watching, and returns what was held; undefined when the database was down. */
  stop(): Promise<Held | undefined>;
}

export interface KeeperOptions {
  readonly cluster: string;
  readonly log: EmbeddedLog;
  readonly take: () => Promise<Held>;
  readonly sleep: Sleep;
  /** Milliseconds on any scale that only goes forward. */
  readonly now: () => number;
  readonly onDown?: (() => void) | undefined;
  readonly onRestart?: (() => void) | undefined;
}

const FIRST_DELAY = 1_000;
const LAST_DELAY = 30_000;
/** A database that ran for this long had recovered; its next end starts with the first delay again. */
const STEADY = 60_000;

/** Watches a claimed cluster. A postmaster that ends is started again, after 1 s, 2 s … 30 s, and claimed again, until `stop`. */
export function keepRunning(first: Held, options: KeeperOptions): Keeper {
  const { log, sleep, now } = options;
  const stopped = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {});
  let isStopping = false;
  let held: Held | undefined = first;
  let pid = first.pid;
  let delay = FIRST_DELAY;

  async function watch(): Promise<void> {
    while (held) {
      const since = now();
      await Promise.race([held.claim.lost, stopped.promise]);
      if (isStopping) return;
      held = undefined;
      if (now() - since > STEADY) delay = FIRST_DELAY;
      log.error({ pid }, `PostgreSQL (process ${pid}) ended or cut its connections; it is brought back`);
      options.onDown?.();
      held = await regain();
      if (!held) return;
      pid = held.pid;
      log.info({ pid }, `PostgreSQL is back (process ${pid})`);
      options.onRestart?.();
    }
  }

  async function regain(): Promise<Held | undefined> {
    while (!isStopping) {
      // One backend's crash makes the postmaster cut all connections, but not end.
      if (!(await findPostmaster(options.cluster))) {
        await Promise.race([sleep(delay), stopped.promise]);
        delay = Math.min(delay * 2, LAST_DELAY);
      }
      if (isStopping) return undefined;
      try {
        return await options.take();
      } catch (error) {
        if (error instanceof DataFolderInUse) throw error;
        log.error({ error }, `PostgreSQL could not be brought back, next attempt in ${delay / 1000} s: ${error}`);
      }
    }
    return undefined;
  }

  const watching = watch().catch((error: unknown) => {
    log.error({ error }, `The database is lost to this program: ${error}`);
    ended.reject(error);
  });
  return {
    get pid() {
      return pid;
    },
    ended: ended.promise,
    async stop() {
      isStopping = true;
      stopped.resolve();
      await watching;
      return held;
    },
  };
}
