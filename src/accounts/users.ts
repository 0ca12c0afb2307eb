import pg from "pg";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import { EmailTaken, InvalidEmail, InvalidUsername, UserNotFound, UsernameTaken } from "./errors.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { hashPassword } from "./passwords.ts";
import { findUserByName, hasUsers, insertPrimaryEmail, insertUser, lockForFirstUser, type User } from "./queries.ts";
import type { Tokens } from "./tokens.ts";

export type Users = ReturnType<typeof createUsers>;

export interface UserRequest {
  readonly username: string;
  readonly email: string;
  /** Absent: nobody can sign in to pages as this user until one is set; tokens work. */
  readonly password?: string;
  readonly isStaff?: boolean;
  /** Whether the e-mail address counts as verified from the start. */
  readonly isVerified?: boolean;
}

export interface OwnerCredentials {
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** What the owner of a first start is called, and an address that is nobody else's. */
const OWNER = { username: "owner", email: "owner@localhost" } as const;
/**
 * Before the name of someone who is known only from an htpasswd file. No account can have a colon in its name, nor can
 * a name in such a file: the two never meet, so neither can take over what belongs to the other.
 */
const HTPASSWD = "htpasswd:";

const CACHE = { seconds: 60, capacity: 10_000 } as const;
const USERNAME = /^[a-z0-9][a-z0-9._-]{0,48}[a-z0-9]$/i;
const EMAIL = /^[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;:"\p{C}.]+(?:\.[^\s@<>()[\]\\,;:"\p{C}.]+)*$/u;
const MAX_EMAIL = 254;

export function createUsers({
  db,
  clock,
  random,
  tokens,
}: {
  db: Db;
  clock: Clock;
  random: (size: number) => Buffer;
  tokens: Pick<Tokens, "createTokenIn">;
}) {
  const htpasswdUsers = new ExpiringCache<User>({ clock, ...CACHE });

  return {
    /** Throws InvalidUsername, UsernameTaken, InvalidEmail, EmailTaken, PasswordUnusable. */
    async createUser(request: UserRequest): Promise<User> {
      const passwordHash = await checkRequest(request);
      return db.transaction().execute((transaction) => create(transaction, request, passwordHash));
    },

    /** Throws UserNotFound. */
    async getUserByName(username: string): Promise<User> {
      const user = await findUserByName(db, username);
      if (!user) throw new UserNotFound(username);
      return user;
    },

    /**
     * The first account, staff and verified, with a token that may do everything; undefined when there are accounts
     * already. `keep` puts the credentials where the person finds them. It runs before the account is committed: a
     * crash in between leaves credentials of nobody, which the next start replaces, never an owner who cannot get in.
     */
    async createOwner(keep: (credentials: OwnerCredentials) => Promise<void>): Promise<OwnerCredentials | undefined> {
      if (await hasUsers(db)) return undefined;
      const password = random(18).toString("base64url");
      const request = { ...OWNER, password, isStaff: true, isVerified: true };
      const passwordHash = await checkRequest(request);
      return db.transaction().execute(async (transaction) => {
        await lockForFirstUser(transaction);
        if (await hasUsers(transaction)) return undefined;
        const { id } = await create(transaction, request, passwordHash);
        const { token } = await tokens.createTokenIn(transaction, {
          userId: id,
          description: "first start",
          scope: "account",
          actions: ["read", "upload"],
        });
        const credentials = { username: OWNER.username, password, token };
        await keep(credentials);
        return credentials;
      });
    },

    /** The user that stands for a name in an htpasswd file, made when first needed, remembered for a minute. */
    async getHtpasswdUser(name: string): Promise<User> {
      const remembered = htpasswdUsers.find(name);
      if (remembered) return remembered;
      const user = await findOrMakeHtpasswdUser(name);
      htpasswdUsers.store(name, user);
      return user;
    },
  };

  async function findOrMakeHtpasswdUser(name: string): Promise<User> {
    const username = HTPASSWD + name;
    const known = await findUserByName(db, username);
    if (known) return known;
    const user = { username, displayName: name, passwordHash: null, isStaff: false, createdAt: clock.now() };
    try {
      await db.transaction().execute((transaction) => insertUser(transaction, user));
    } catch (error) {
      // Another worker was first.
      if (!isTaken(error, "users_username")) throw error;
    }
    const made = await findUserByName(db, username);
    if (!made) throw new Error(`${username} was inserted and is not there`);
    return made;
  }

  async function create(transaction: Db, request: UserRequest, passwordHash: string | null): Promise<User> {
    const { username, email, isStaff = false, isVerified = false } = request;
    try {
      const user = { username, displayName: "", passwordHash, isStaff, createdAt: clock.now() };
      const id = await insertUser(transaction, user);
      await insertPrimaryEmail(transaction, id, email, isVerified);
      return { id, username, isStaff, hasVerifiedEmail: isVerified, isActive: true };
    } catch (error) {
      if (isTaken(error, "users_username")) throw new UsernameTaken(username);
      if (isTaken(error, "user_emails_email")) throw new EmailTaken(email);
      throw error;
    }
  }
}

/** The hash to store. Throws for what no account may have, before anything is written. */
async function checkRequest({ username, email, password }: UserRequest): Promise<string | null> {
  if (!USERNAME.test(username)) throw new InvalidUsername(username);
  if (email.length > MAX_EMAIL || !EMAIL.test(email)) throw new InvalidEmail(email);
  return password === undefined ? null : hashPassword(password);
}

function isTaken(error: unknown, constraint: string): boolean {
  return error instanceof pg.DatabaseError && error.code === "23505" && error.constraint === constraint;
}
