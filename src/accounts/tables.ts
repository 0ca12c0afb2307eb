// The tables of this room, for Kysely. Names and meaning: migrations/0001-catalogue.sql.
import type { ColumnType, Generated, JSONColumnType } from "kysely";

interface ActorsTable {
  readonly id: Generated<string>;
  readonly kind: "user" | "publisher" | "team" | "system";
  readonly created_at: Temporal.Instant;
}

interface UsersTable {
  readonly actor_id: string;
  readonly username: string;
  readonly display_name: string;
  readonly password_hash: string | null;
  readonly is_staff: Generated<boolean>;
  readonly disabled_reason: ColumnType<string | null, string | null | undefined, string | null>;
  readonly created_at: Temporal.Instant;
}

interface UserEmailsTable {
  readonly user_id: string;
  readonly email: string;
  readonly is_primary: Generated<boolean>;
  readonly is_verified: Generated<boolean>;
  readonly is_public: Generated<boolean>;
}

interface ApiTokensTable {
  readonly id: string;
  readonly actor_id: string;
  readonly description: string;
  readonly caveats: JSONColumnType<readonly (readonly unknown[])[]>;
  readonly created_at: Temporal.Instant;
  readonly expires_at: Temporal.Instant | null;
  readonly last_used_at: ColumnType<Temporal.Instant | null, never, Temporal.Instant>;
  readonly revoked_at: ColumnType<Temporal.Instant | null, never, Temporal.Instant>;
}

declare module "../platform/db/tables.ts" {
  interface Tables {
    readonly actors: ActorsTable;
    readonly users: UsersTable;
    readonly user_emails: UserEmailsTable;
    readonly api_tokens: ApiTokensTable;
  }
}
