import "./tables.ts";
import type { Db } from "../platform/db/pool.ts";
import type { ClaimPattern } from "./claims.ts";

export interface Claim {
  readonly pattern: string;
  readonly reason: string;
  readonly claimedAt: Temporal.Instant;
}

/** In the order of their patterns. */
export function listClaims(db: Db, indexId: string): Promise<Claim[]> {
  return db
    .selectFrom("name_claims")
    .select(["pattern", "reason", "claimed_at as claimedAt"])
    .where("index_id", "=", indexId)
    .orderBy("pattern")
    .execute();
}

/** What is claimed already keeps its date; the last reason counts. Every server forgets its pages when this is committed. */
export async function claimNames(db: Db, indexId: string, pattern: ClaimPattern, reason: string): Promise<void> {
  await db
    .insertInto("name_claims")
    .values({ index_id: indexId, pattern, reason })
    .onConflict((conflict) => conflict.columns(["index_id", "pattern"]).doUpdateSet({ reason }))
    .execute();
}

/** False when nothing was claimed so. */
export async function releaseClaim(db: Db, indexId: string, pattern: ClaimPattern): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("name_claims")
    .where("index_id", "=", indexId)
    .where("pattern", "=", pattern)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
