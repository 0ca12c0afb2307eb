import { markDeleted, removeDeleted } from "../files/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { listSurplus, type StoredBytes } from "./kept-queries.ts";

export interface EvictionDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes of upstream files that are kept; those that were uploaded as well do not count. */
  readonly limit: number;
  /** Resolves when every process has forgotten where these bytes are. */
  readonly announceGone: (blake2b: string) => Promise<unknown>;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly later: (milliseconds: number, callback: () => void) => () => void;
}

/** Milliseconds after a file was kept until it is looked whether others must go: many come at once. */
const PAUSE = 5_000;
/** Whoever has just been told of a file may be about to open it. */
const RECENT = Temporal.Duration.from({ minutes: 2 });

export type Eviction = ReturnType<typeof createEviction>;

/** Keeps the bytes of upstream files within a limit: those go first that nobody has asked for for longest. Their rows stay. */
export function createEviction({ db, store, clock, log, limit, announceGone, later }: EvictionDeps) {
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;

  async function evict(): Promise<void> {
    const marked: StoredBytes[] = [];
    for (const bytes of await listSurplus(db, limit, clock.now().subtract(RECENT))) {
      if (await markDeleted(db, bytes.blake2b)) marked.push(bytes);
    }
    for (const { blake2b } of marked) {
      await announceGone(blake2b);
      await removeDeleted(db, store, blake2b);
    }
    if (marked.length === 0) return;
    const freed = marked.reduce((sum, { size }) => sum + size, 0);
    log.info(
      { files: marked.length, freed, limit },
      `removed ${marked.length} upstream files to keep within ${limit} bytes`,
    );
  }

  return {
    /** A file was kept: looks after a while, once for all that come until then. */
    noteKept(): void {
      cancel ??= later(PAUSE, () => {
        cancel = undefined;
        running = evict().catch((error: unknown) => {
          log.warn(
            { err: error },
            "could not make room among the files of upstreams, and tries again after the next download",
          );
        });
      });
    },
    evict,
    async close(): Promise<void> {
      cancel?.();
      await running;
    },
  };
}
