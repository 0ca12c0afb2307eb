import { randomBytes, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { quietLog } from "../../test/support/log.ts";
import { parseServerSecret } from "../platform/crypto/secret.ts";
import { EmailTaken, InvalidEmail, InvalidUsername, PasswordUnusable, UserNotFound, UsernameTaken } from "./errors.ts";
import { isPassword } from "./passwords.ts";
import { createTokens } from "./tokens.ts";
import { createUsers, type OwnerCredentials } from "./users.ts";

let now: Temporal.Instant;
const clock = { now: () => now };
let database: TemporaryDatabase;
let tokens: ReturnType<typeof createTokens>;
let users: ReturnType<typeof createUsers>;

beforeEach(async () => {
  now = Temporal.Instant.from("2026-01-01T00:00:00Z");
  database = await temporaryDatabase();
  const secret = parseServerSecret("01".repeat(32), "the test");
  const { db } = database;
  tokens = createTokens({ db, clock, secret, log: quietLog, location: "", randomUuid: randomUUID });
  users = createUsers({ db, clock, random: randomBytes, tokens });
});
afterEach(() => database.drop());

async function countUsers(): Promise<number> {
  return (await database.db.selectFrom("users").select("actor_id").execute()).length;
}

describe("an account", () => {
  test("is found by its name, capitals making no difference", async () => {
    const alice = await users.createUser({ username: "Alice", email: "alice@example.com" });
    expect(alice).toMatchObject({ username: "Alice", isStaff: false, hasVerifiedEmail: false, isActive: true });
    expect(await users.getUserByName("aLICE")).toEqual(alice);
    const bob = { username: "bob", email: "bob@example.com", isStaff: true, isVerified: true };
    expect(await users.createUser(bob)).toMatchObject({ isStaff: true, hasVerifiedEmail: true });
    expect(await users.getUserByName("bob")).toMatchObject({ isStaff: true, hasVerifiedEmail: true });
    await expect(users.getUserByName("carol")).rejects.toThrow(UserNotFound);
  });

  test("has a verified address only if that is the primary one", async () => {
    const { id } = await users.createUser({ username: "alice", email: "alice@example.com" });
    const other = { user_id: id, email: "other@example.com", is_verified: true };
    await database.db.insertInto("user_emails").values(other).execute();
    expect((await users.getUserByName("alice")).hasVerifiedEmail).toBe(false);
  });

  test("keeps a hash of its password", async () => {
    await users.createUser({ username: "alice", email: "alice@example.com", password: "correct horse" });
    const { password_hash: hash } = await database.db
      .selectFrom("users")
      .select("password_hash")
      .executeTakeFirstOrThrow();
    expect(await isPassword("correct horse", hash ?? "")).toBe(true);
  });

  test("that is disabled is not active", async () => {
    await users.createUser({ username: "alice", email: "alice@example.com" });
    await database.db.updateTable("users").set({ disabled_reason: "left" }).execute();
    expect((await users.getUserByName("alice")).isActive).toBe(false);
  });

  test("cannot take another's name or address, and leaves no trace of trying", async () => {
    await users.createUser({ username: "alice", email: "alice@example.com" });
    const rivals = [
      users.createUser({ username: "ALICE", email: "other@example.com" }),
      users.createUser({ username: "other", email: "Alice@Example.com" }),
    ];
    await expect(rivals[0]).rejects.toThrow(UsernameTaken);
    await expect(rivals[1]).rejects.toThrow(EmailTaken);
    expect(await database.db.selectFrom("actors").select("id").execute()).toHaveLength(1);
  });

  test.each(["", "a", "-a", "a-", "a b", "älice", "__token__", "htpasswd:alice", "a".repeat(51), "a\n"])(
    "cannot be named %j",
    async (username) => {
      await expect(users.createUser({ username, email: "a@example.com" })).rejects.toThrow(InvalidUsername);
    },
  );

  test.each(["a1", "A.b_c-d", "0x", "a".repeat(50)])("can be named %j", async (username) => {
    expect(await users.createUser({ username, email: "a@example.com" })).toMatchObject({ username });
  });

  test.each(["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@.b", "a@b\n", `${"a".repeat(250)}@b.example`])(
    "cannot have the address %j",
    async (email) => {
      await expect(users.createUser({ username: "alice", email })).rejects.toThrow(InvalidEmail);
    },
  );

  test.each(["a@b", "a.b+c@d.example", "o'hara@example.com", "käse@käse.example"])(
    "can have the address %j",
    async (email) => {
      expect(await users.createUser({ username: "alice", email })).toMatchObject({ username: "alice" });
    },
  );

  test("with a password that cannot be used is not made", async () => {
    const request = { username: "alice", email: "a@example.com", password: "short" };
    await expect(users.createUser(request)).rejects.toThrow(PasswordUnusable);
    expect(await countUsers()).toBe(0);
  });
});

describe("the first start", () => {
  test("makes an owner who is staff and verified, with a token that works, and only once", async () => {
    const kept: OwnerCredentials[] = [];
    const keep = async (credentials: OwnerCredentials) => void kept.push(credentials);
    const owner = await users.createOwner(keep);
    expect(kept).toEqual([owner]);
    expect(owner?.username).toBe("owner");
    expect(owner?.password).toMatch(/^[\w-]{24}$/);
    expect(await tokens.verifyToken(owner?.token ?? "")).toMatchObject({
      user: { username: "owner", isStaff: true, hasVerifiedEmail: true, isActive: true },
    });
    expect(await users.createOwner(keep)).toBeUndefined();
    expect(kept).toHaveLength(1);
  });

  test("of several processes at once makes one owner", async () => {
    const kept: OwnerCredentials[] = [];
    const keep = async (credentials: OwnerCredentials) => void kept.push(credentials);
    const made = await Promise.all([users.createOwner(keep), users.createOwner(keep), users.createOwner(keep)]);
    expect(made.filter((owner) => owner !== undefined)).toEqual(kept);
    expect(kept).toHaveLength(1);
  });

  test("that cannot keep the credentials makes nobody, and the next one tries again", async () => {
    const full = async () => {
      throw new Error("no space");
    };
    await expect(users.createOwner(full)).rejects.toThrow("no space");
    expect(await countUsers()).toBe(0);
    expect(await users.createOwner(async () => {})).toBeDefined();
  });

  test("does not make an owner where there are people already", async () => {
    await users.createUser({ username: "alice", email: "alice@example.com" });
    expect(await users.createOwner(async () => {})).toBeUndefined();
  });
});

describe("a user of an htpasswd file", () => {
  test("never is the account of the same name", async () => {
    const alice = await users.createUser({ username: "alice", email: "alice@example.com", isStaff: true });
    const other = await users.getHtpasswdUser("alice");
    expect(other).toMatchObject({ username: "htpasswd:alice", isStaff: false, hasVerifiedEmail: false });
    expect(other.id).not.toBe(alice.id);
    expect(await users.getUserByName("alice")).toEqual(alice);
    expect(await users.getUserByName("htpasswd:alice")).toEqual(other);
  });

  test("is made once, also by requests that come together", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => users.getHtpasswdUser("bob")));
    expect(new Set(made.map(({ id }) => id))).toHaveLength(1);
    expect(await users.getHtpasswdUser("bob")).toEqual(made[0]);
    expect(await countUsers()).toBe(1);
    expect(await database.db.selectFrom("actors").select("id").execute()).toHaveLength(1);
  });

  test("can be disabled like any other, which counts within a minute", async () => {
    await users.getHtpasswdUser("bob");
    await database.db.updateTable("users").set({ disabled_reason: "left" }).execute();
    now = now.add({ seconds: 60 });
    expect((await users.getHtpasswdUser("bob")).isActive).toBe(false);
  });
});
