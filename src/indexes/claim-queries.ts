import "./tables.ts";
import type { Db } from "../platform/db/pool.ts";
import { run, type Statement, statement } from "../platform/db/statement.ts";
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
  await run(db, claimStatement(indexId, pattern, reason));
}

export function claimStatement(indexId: string, pattern: ClaimPattern, reason: string): Statement {
  return statement`
    insert into name_claims (index_id, pattern, reason) values (${indexId}::uuid, ${pattern}, ${reason})
    on conflict (index_id, pattern) do update set reason = excluded.reason`;
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
