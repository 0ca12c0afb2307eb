import { type Claim, tryClaim } from "./claim.ts";
import { DataFolderInUse, PostgresDidNotStart } from "./errors.ts";
import { findPostmaster, isCurrent, type Launch, startPostmaster, stopPostmaster } from "./postmaster.ts";

/** A running postmaster that is ours. */
export interface Held {
  readonly pid: number;
  readonly claim: Claim;
  /** It ran already: its supervisor was killed. */
  readonly isAdopted: boolean;
}

/** A connection that breaks is noticed by PostgreSQL a moment later, so a killed supervisor may seem alive for as long. */
const RETRIES = 20;
const PAUSE = 50;
/** After the postmaster was killed, its backends need a moment to see it. */
const START_ATTEMPTS = 20;

/**
 * Brings the cluster's postmaster to run with the wanted settings and claims it: starts one, adopts one that a killed
 * supervisor left, or replaces that when it is another release's. Throws DataFolderInUse, PostgresDidNotStart.
 */
export async function takeCluster(launch: Launch, password: string, who: string): Promise<Held> {
  const address = { socketFolder: launch.home.socketFolder, password };
  let failures = 0;
  let refusals = 0;
  for (;;) {
    const running = await findPostmaster(launch.home.cluster);
    try {
      const pid = running?.pid ?? (await startPostmaster(launch));
      const claim = await tryClaim({ ...address, socketFolder: running?.socketFolder || address.socketFolder }, who);
      if ("holder" in claim) {
        if (++refusals > RETRIES) throw new DataFolderInUse(launch.home.dataFolder, claim.holder);
      } else if (!running || (await isCurrent(pid, launch))) {
        return { pid, claim, isAdopted: running !== undefined };
      } else {
        await stopPostmaster(pid, "fast", launch.sleep);
        await claim.release();
        continue;
      }
    } catch (error) {
      // Starting: another program may have been first, or old backends still hold the shared memory. Connecting: the
      // postmaster may be recovering, or going down.
      const isFinal = error instanceof DataFolderInUse || (error instanceof PostgresDidNotStart && !isTransient(error));
      if (isFinal || (!running && ++failures > START_ATTEMPTS)) throw error;
      if (running && !(await findPostmaster(launch.home.cluster))) continue;
    }
    await launch.sleep(PAUSE);
  }
}

function isTransient(error: PostgresDidNotStart): boolean {
  return /lock file|shared memory block/.test(error.message);
}
