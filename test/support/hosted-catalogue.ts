import { type Catalogue, createCatalogue, createPolicies, type ProjectSource } from "../../src/indexes/index.ts";
import type { Db } from "../../src/platform/db/pool.ts";
import { createHostedSource } from "../../src/projects/index.ts";

const none: ProjectSource = {
  readPage: () => Promise.reject(new Error("no upstream was to be asked")),
  readMetadata: () => Promise.reject(new Error("no upstream was to be asked")),
  listLines: async () => [],
};

/** Indexes without upstreams. */
export function hostedCatalogue(db: Db): Catalogue {
  const rules = { minAge: null, minAgeClock: "published" } as const;
  const clock = { now: Temporal.Now.instant };
  return createCatalogue({
    hosted: createHostedSource(db),
    mirror: none,
    policies: createPolicies({ db, clock, rules }),
  });
}
