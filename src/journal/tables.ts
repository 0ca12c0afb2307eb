import type { Generated, JSONColumnType } from "kysely";
import type { Change } from "./change.ts";

declare module "../platform/db/tables.ts" {
  interface Tables {
    journal: {
      serial: Generated<number>;
      index_id: string;
      project_id: string | null;
      name: string;
      normalized_name: string;
      version: string | null;
      action: string;
      actor_id: string | null;
      at: Temporal.Instant;
      change: JSONColumnType<Change>;
    };
  }
}
