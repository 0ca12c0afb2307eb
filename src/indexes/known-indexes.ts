import type { Db } from "../platform/db/pool.ts";
import { findIndex, type Index, listIndexes } from "./queries.ts";

export type KnownIndexes = ReturnType<typeof createKnownIndexes>;

/** The indexes of this server in memory, so that no request asks the database which index it reads. */
export function createKnownIndexes({ db }: { db: Db }) {
  const known = new Map<string, Index>();
  let all: readonly Index[] | undefined;
  let forgotten = 0;
  return {
    /** Only if it is in memory. */
    findNow: (name: string): Index | undefined => known.get(name),

    async find(name: string): Promise<Index | undefined> {
      const index = known.get(name);
      if (index !== undefined) return index;
      const before = forgotten;
      const found = await findIndex(db, name);
      // An older look-up does not bring back what was forgotten while it was under way.
      if (found !== undefined && forgotten === before) known.set(name, found);
      return found;
    },

    async list(): Promise<readonly Index[]> {
      if (all !== undefined) return all;
      const before = forgotten;
      const found = await listIndexes(db);
      if (forgotten === before) all = found;
      return found;
    },

    forgetAll(): void {
      forgotten++;
      all = undefined;
      known.clear();
    },
  };
}
