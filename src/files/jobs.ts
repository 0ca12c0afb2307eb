import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { JobKind } from "../platform/jobs/create-jobs.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { isForgotten, listBlobs, sweepOrphans } from "./check-blobs.ts";

/** Crashes leave a few: so many, or more than one in `KNOWN_PER_ORPHAN`, and something else is wrong. */
const FEW_ORPHANS = 100;
const KNOWN_PER_ORPHAN = 10;

/** There is more to remove than crashes explain. */
class TooManyOrphans extends Error {}

/**
 * Removes bytes that nothing has named for a day. Removes nothing and throws when that is too much of what is stored: then it
 * is likelier that these rows and these files do not belong together, and a file that is removed does not come back.
 */
export function sweepOrphansJob({
  db,
  store,
  clock,
}: {
  readonly db: Db;
  readonly store: BlobStore;
  readonly clock: Clock;
}) {
  return (async (_payload, signal) => {
    const before = clock.now().subtract({ hours: 24 });
    let [known, orphans] = [0, 0];
    for await (const { row, stored } of listBlobs(db, store)) {
      signal.throwIfAborted();
      if (!isForgotten(row)) known++;
      else if (stored !== undefined && Temporal.Instant.compare(stored.keptAt, before) < 0) orphans++;
    }
    if (orphans > FEW_ORPHANS && orphans * KNOWN_PER_ORPHAN > known) {
      throw new TooManyOrphans(
        `${orphans} stored files have no row and ${known} have one: is this the right database for these files? Nothing was removed; cheeseshop fsck --sweep does it`,
      );
    }
    return { known, removed: orphans > 0 ? await sweepOrphans(db, store, before) : 0 };
  }) satisfies JobKind["run"];
}
