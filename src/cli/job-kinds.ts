import { sweepOrphansJob } from "../files/index.ts";
import type { JobKind } from "../platform/jobs/create-jobs.ts";
import type { AppDeps } from "./app-deps.ts";

const DAILY = Temporal.Duration.from({ hours: 24 });

/** Everything that is done later, listed by hand: what each room offers, and when it comes again. */
export function jobKinds({ db, store, clock }: AppDeps): Readonly<Record<string, JobKind>> {
  return {
    "sweep-temporary-files": { every: DAILY, run: async () => ({ removed: await store.sweepTemporary() }) },
    "sweep-orphans": { every: DAILY, run: sweepOrphansJob({ db, store, clock }) },
  };
}
