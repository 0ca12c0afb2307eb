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
  }
}
