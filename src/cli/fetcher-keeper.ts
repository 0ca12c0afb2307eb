import type { Log } from "../platform/log/log.ts";
import type { ProcessKeeper } from "./process-keeper.ts";

export interface FetcherKeeper {
  /** Something has changed about indexes: starts the fetcher when there is a mirror now. One that runs stays. */
  look(): Promise<void>;
  drain(): Promise<void>;
  kill(): void;
}

export interface FetcherKeeperDeps {
  /** Whether any index of this server mirrors another one. */
  readonly hasMirrors: () => Promise<boolean>;
  readonly launch: () => ProcessKeeper;
  readonly log: Log;
}

/** Starts the fetcher with the first mirror: a server without one has no use for the process. */
export function createFetcherKeeper({ hasMirrors, launch, log }: FetcherKeeperDeps): FetcherKeeper {
  let keeper: ProcessKeeper | undefined;
  let isEnding = false;
  return {
    async look() {
      if (keeper !== undefined || isEnding) return;
      const isNeeded = await hasMirrors().catch((error: unknown) => {
        log.warn({ err: error }, "could not find out whether there are mirrors, and does with the next change");
        return false;
      });
      if (isNeeded && !isEnding) keeper ??= launch();
    },
    async drain() {
      isEnding = true;
      await keeper?.drain();
    },
    kill() {
      isEnding = true;
      keeper?.kill();
    },
  };
}
