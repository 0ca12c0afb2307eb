import { type Claim, isBrief, isNotYet, tryClaim, whoHolds } from "./claim.ts";
import { DataFolderInUse, DataFolderUnusable, PostgresDidNotStart } from "./errors.ts";
import { findPostmaster, isCurrent, type Launch, startPostmaster, stopPostmaster } from "./postmaster.ts";

/** A running postmaster that is ours. */
export interface Held {
  readonly pid: number;
  readonly claim: Claim;
  /** It ran already: its supervisor was killed. */
  readonly isAdopted: boolean;
}

/** Between attempts, in milliseconds. */
const PAUSE = 50;
/** A killed supervisor may seem alive until PostgreSQL notices its broken connection, and a postmaster's backends outlive it by a moment. */
const ATTEMPTS = 20;
/** A command that uses the cluster for a moment is waited for: 15 s. */
const ATTEMPTS_BESIDE_COMMAND = 300;
/** Attempts between two lines in the log, while a postmaster of somebody's recovers: 10 s. */
const PATIENCE = 200;

/**
 * Brings the cluster's postmaster to run with the wanted settings and claims it: starts one, adopts one that a killed
 * supervisor left, or replaces that when it is another release's. Throws DataFolderInUse, DataFolderUnusable,
 * PostgresDidNotStart.
 */
export async function takeCluster(launch: Launch, password: string, who: string): Promise<Held> {
  const { home, sleep, log } = launch;
  let failures = 0;
  for (let attempt = 1; ; attempt++) {
    const running = await findPostmaster(home.cluster);
    if (!running && (await isHeldUnseen(launch, password))) continue;
    const pid = running?.pid ?? (await tryStart(launch, () => ++failures < ATTEMPTS));
    const socketFolder = running?.socketFolder || home.socketFolder;
    const claim = pid === undefined ? undefined : await tryClaimNow({ socketFolder, password }, who, home.passwordFile);
    if (pid === undefined || claim === undefined) {
      if (attempt % PATIENCE === 0)
        log.warn({ pid }, `waiting for PostgreSQL (process ${pid}), which recovers or ends`);
    } else if ("holder" in claim) {
      const patience = isBrief(claim.holder) ? ATTEMPTS_BESIDE_COMMAND : ATTEMPTS;
      if (++failures >= patience) throw new DataFolderInUse(home.dataFolder, claim.holder);
    } else if (!running || (await isCurrent(pid, launch))) {
      return { pid, claim, isAdopted: running !== undefined };
    } else {
      log.info({ pid }, `PostgreSQL (process ${pid}) was left by another release or configuration and is started anew`);
      await stopPostmaster(pid, "fast", sleep);
      await claim.release().catch(() => {});
      continue;
    }
    await sleep(PAUSE);
  }
}

/** Undefined when another program was first to start it, or its last backends are still there. */
async function tryStart(launch: Launch, mayRetry: () => boolean): Promise<number | undefined> {
  try {
    return await startPostmaster(launch);
  } catch (error) {
    const isTransient = error instanceof PostgresDidNotStart && /lock file|shared memory block/.test(error.message);
    if (isTransient && mayRetry()) return undefined;
    throw error;
  }
}

/** Undefined when the postmaster takes no connections now. */
async function tryClaimNow(address: { socketFolder: string; password: string }, who: string, passwordFile: string) {
  try {
    return await tryClaim(address, who);
  } catch (error) {
    if (isNotYet(error)) return undefined;
    throw new DataFolderUnusable(
      `PostgreSQL does not take the password in ${passwordFile}, or not this user: is it the file that was made with the database? (${error})`,
      { cause: error },
    );
  }
}

/**
 * Whether somebody answers at the socket after all. Throws DataFolderInUse when no process of it can be seen: a
 * PostgreSQL in another container on the same volume, and a second one would destroy its data.
 */
async function isHeldUnseen({ home }: Launch, password: string): Promise<boolean> {
  const { isAnswering, who } = await whoHolds({ socketFolder: home.socketFolder, password });
  if (!isAnswering || (await findPostmaster(home.cluster))) return isAnswering;
  throw new DataFolderInUse(home.dataFolder, who ?? "a PostgreSQL in another container or on another machine");
}
