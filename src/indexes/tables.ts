import type { Generated } from "kysely";

declare module "../platform/db/tables.ts" {
  interface Tables {
    catalogue: { id: Generated<string>; created_at: Generated<Temporal.Instant> };
    indexes: {
      id: Generated<string>;
      name: string;
      kind: "hosted" | "mirror" | "union";
      is_private: boolean;
      is_volatile: boolean;
      keep_development_releases: number | null;
      last_serial: Generated<number>;
      revision: Generated<number>;
      created_at: Generated<Temporal.Instant>;
    };
    index_members: { union_id: string; member_id: string; position: number };
    name_claims: { index_id: string; pattern: string; reason: string; claimed_at: Generated<Temporal.Instant> };
    policy_exemptions: {
      index_id: string;
      normalized_name: string;
      reason: string;
      exempted_at: Generated<Temporal.Instant>;
    };
  }
}
