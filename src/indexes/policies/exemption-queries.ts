import "../tables.ts";
import type { Db } from "../../platform/db/pool.ts";

/** A project that min-age leaves alone in an index. */
export interface Exemption {
  readonly project: string;
  readonly reason: string;
  readonly exemptedAt: Temporal.Instant;
}

const columns = ["normalized_name as project", "reason", "exempted_at as exemptedAt"] as const;

/** Leans on policy_exemptions_pkey. */
export function findExemption(db: Db, indexId: string, name: string): Promise<Exemption | undefined> {
  return db
    .selectFrom("policy_exemptions")
    .select(columns)
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name)
    .executeTakeFirst();
}

export function listExemptions(db: Db, indexId: string): Promise<Exemption[]> {
  return db
    .selectFrom("policy_exemptions")
    .select(columns)
    .where("index_id", "=", indexId)
    .orderBy("normalized_name")
    .execute();
}

/** The last reason counts. Every server forgets its pages. */
export async function exempt(db: Db, indexId: string, name: string, reason: string): Promise<void> {
  await db
    .insertInto("policy_exemptions")
    .values({ index_id: indexId, normalized_name: name, reason })
    .onConflict((conflict) => conflict.columns(["index_id", "normalized_name"]).doUpdateSet({ reason }))
    .execute();
}

/** False when there was none. */
export async function endExemption(db: Db, indexId: string, name: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("policy_exemptions")
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
