import type { Generated, JSONColumnType } from "kysely";

declare module "../db/tables.ts" {
  interface Tables {
    jobs: {
      id: Generated<number>;
      kind: string;
      payload: JSONColumnType<object>;
      dedupe_key: string | null;
      state: Generated<"waiting" | "running" | "failed">;
      claimable_at: Generated<Temporal.Instant>;
      attempts: Generated<number>;
      error: string | null;
      enqueued_at: Generated<Temporal.Instant>;
      failed_at: Temporal.Instant | null;
    };
    job_schedules: {
      kind: string;
      next_at: Temporal.Instant;
    };
  }
}
