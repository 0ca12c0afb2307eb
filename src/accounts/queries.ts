import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";
import "./tables.ts";

/** Someone who can act. `id` is the actor's: what roles, uploads and the journal refer to. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly isStaff: boolean;
  /** Whether the primary e-mail address exists and is verified. */
  readonly hasVerifiedEmail: boolean;
  /** An account that is not active is known by nothing it presents. */
  readonly isActive: boolean;
}

/** A token as its row tells, and whose it is. */
export interface StoredToken {
  readonly id: string;
  readonly description: string;
  /** The caveats it was issued with, each as JSON. */
  readonly caveats: readonly string[];
  readonly isRevoked: boolean;
  readonly user: User;
}

export interface ListedToken {
  readonly id: string;
  readonly description: string;
  readonly caveats: readonly (readonly unknown[])[];
  readonly createdAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant | null;
  /** To the minute; an attempt with an expired token counts. */
  readonly lastUsedAt: Temporal.Instant | null;
  readonly revokedAt: Temporal.Instant | null;
}

export interface NewUser {
  readonly username: string;
  readonly displayName: string;
  readonly passwordHash: string | null;
  readonly isStaff: boolean;
  readonly createdAt: Temporal.Instant;
}

const USER_COLUMNS = [
  "users.actor_id as id",
  "users.username",
  "users.is_staff as isStaff",
  sql<boolean>`users.disabled_reason is null`.as("isActive"),
  sql<boolean>`exists (select from user_emails where user_id = users.actor_id and is_primary and is_verified)`.as(
    "hasVerifiedEmail",
  ),
] as const;

/** By name, capitals making no difference (index users_username). */
export function findUserByName(db: Db, username: string): Promise<User | undefined> {
  return db
    .selectFrom("users")
    .select(USER_COLUMNS)
    .where(sql`lower(username)`, "=", sql`lower(${username})`)
    .executeTakeFirst();
}

export async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom("users").select("actor_id").limit(1).executeTakeFirst()) !== undefined;
}

/** One such transaction at a time: whoever comes second waits, and then sees what the first one did. */
export async function lockForFirstUser(db: Db): Promise<void> {
  await sql`lock table users in share row exclusive mode`.execute(db);
}

/** The new actor's id. Breaks on the constraint users_username. */
export async function insertUser(db: Db, user: NewUser): Promise<string> {
  const { id } = await db
    .insertInto("actors")
    .values({ kind: "user", created_at: user.createdAt })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("users")
    .values({
      actor_id: id,
      username: user.username,
      display_name: user.displayName,
      password_hash: user.passwordHash,
      is_staff: user.isStaff,
      created_at: user.createdAt,
    })
    .execute();
  return id;
}

/** Breaks on the constraint user_emails_email. */
export async function insertPrimaryEmail(db: Db, userId: string, email: string, isVerified: boolean): Promise<void> {
  await db
    .insertInto("user_emails")
    .values({ user_id: userId, email, is_primary: true, is_verified: isVerified })
    .execute();
}

/** Makes transactions that give this user a token take turns; false when there is no such user. */
export async function lockUser(db: Db, userId: string): Promise<boolean> {
  const query = db.selectFrom("users").select("actor_id").where("actor_id", "=", userId).forUpdate();
  return (await query.executeTakeFirst()) !== undefined;
}

export async function insertToken(
  db: Db,
  token: {
    readonly id: string;
    readonly userId: string;
    readonly description: string;
    readonly caveats: readonly (readonly unknown[])[];
    readonly createdAt: Temporal.Instant;
    readonly expiresAt: Temporal.Instant | undefined;
  },
): Promise<void> {
  await db
    .insertInto("api_tokens")
    .values({
      id: token.id,
      actor_id: token.userId,
      description: token.description,
      caveats: JSON.stringify(token.caveats),
      created_at: token.createdAt,
      expires_at: token.expiresAt ?? null,
    })
    .execute();
}

/** One row by primary key; `id` is a UUID. */
export async function findToken(db: Db, id: string): Promise<StoredToken | undefined> {
  const row = await db
    .selectFrom("api_tokens")
    .innerJoin("users", "users.actor_id", "api_tokens.actor_id")
    .select(["api_tokens.description", "api_tokens.caveats", "api_tokens.revoked_at as revokedAt"])
    .select(USER_COLUMNS)
    .where("api_tokens.id", "=", id)
    .executeTakeFirst();
  if (!row) return undefined;
  const { description, caveats, revokedAt, ...user } = row;
  return {
    id,
    description,
    caveats: caveats.map((caveat) => JSON.stringify(caveat)),
    isRevoked: revokedAt !== null,
    user,
  };
}

/** Newest first; index api_tokens_actor. */
export function listTokens(db: Db, userId: string): Promise<ListedToken[]> {
  return db
    .selectFrom("api_tokens")
    .select([
      "id",
      "description",
      "caveats",
      "created_at as createdAt",
      "expires_at as expiresAt",
      "last_used_at as lastUsedAt",
      "revoked_at as revokedAt",
    ])
    .where("actor_id", "=", userId)
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
}

/** The names of a user's tokens that are not revoked. */
export async function listTokenNames(db: Db, userId: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom("api_tokens")
    .select("description")
    .where("actor_id", "=", userId)
    .where("revoked_at", "is", null)
    .execute();
  return new Set(rows.map(({ description }) => description));
}

/** False when there was nothing to revoke. */
export async function markRevoked(db: Db, id: string, now: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("api_tokens")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Notes that a token was used, unless that was noted after `before` or someone holds the row right now. */
export async function recordUse(db: Db, id: string, now: Temporal.Instant, before: Temporal.Instant): Promise<void> {
  await db
    .updateTable("api_tokens")
    .set({ last_used_at: now })
    .where("id", "=", (e) =>
      e
        .selectFrom("api_tokens")
        .select("id")
        .where("id", "=", id)
        .where((row) => row.or([row("last_used_at", "is", null), row("last_used_at", "<=", before)]))
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}
