// Listings for people at a terminal: read-only, across what several rooms own.
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";

/** Whether any index of this server mirrors another one. */
export async function hasMirrors(db: Db): Promise<boolean> {
  const { rows } = await sql`select from upstreams limit 1`.execute(db);
  return rows.length > 0;
}

export interface ListedUser {
  readonly username: string;
  readonly email: string | null;
  readonly isStaff: boolean;
  readonly isVerified: boolean;
  readonly isActive: boolean;
}

/** Every account, by name, without those that stand for lines of an htpasswd file. */
export async function listUsers(db: Db): Promise<readonly ListedUser[]> {
  const { rows } = await sql<ListedUser>`
    select users.username, user_emails.email, users.is_staff as "isStaff",
      coalesce(user_emails.is_verified, false) as "isVerified", users.disabled_reason is null as "isActive"
    from users left join user_emails on user_emails.user_id = users.actor_id and user_emails.is_primary
    where users.username not like '%:%' order by lower(users.username)`.execute(db);
  return rows;
}

/** Normalized names of projects that begin like one that is not there, at most 10,000. Leans on projects_index_id_normalized_name_key. */
export async function listNamesLike(db: Db, indexId: string, name: string): Promise<readonly string[]> {
  const beginning = name.slice(0, 2);
  const { rows } = await sql<{ name: string }>`
    select normalized_name as name from projects
    where index_id = ${indexId}::uuid and normalized_name >= ${beginning} and normalized_name < ${`${beginning}{`}
    order by normalized_name limit 10000`.execute(db);
  return rows.map((row) => row.name);
}
