import { createHmac, randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { quietLog, recordingLog } from "../../test/support/log.ts";
import { parseName } from "../packaging-standards/index.ts";
import { parseServerSecret } from "../platform/crypto/secret.ts";
import { failingCaveats } from "./caveats.ts";
import { InvalidTokenRequest, TokenNotFound, UserNotFound } from "./errors.ts";
import { attenuate, hasGoodSignature, issueMacaroon, type Macaroon } from "./macaroon.ts";
import { formatToken, parseToken } from "./macaroon-format.ts";
import type { User } from "./queries.ts";
import { createTokens, type TokenRequest, type VerifiedToken } from "./tokens.ts";
import { createUsers } from "./users.ts";

const secret = parseServerSecret("01".repeat(32), "the test");
let database: TemporaryDatabase;
let now: Temporal.Instant;
let user: User;
let announced: string[];
let statements: string[];

beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  now = Temporal.Instant.from("2026-01-01T00:00:00.123456Z");
  announced = [];
  statements = [];
  const name = `user-${randomUUID()}`;
  user = await usersOf().createUser({ username: name, email: `${name}@example.com`, isVerified: true });
});

const clock = { now: () => now };
/** As another worker, which has verified nothing yet. */
function tokensOf(serverSecret = secret, log = quietLog) {
  const db = database.db.withPlugin({
    transformQuery: ({ node }) => {
      statements.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return createTokens({
    db,
    clock,
    secret: serverSecret,
    log,
    location: "cheese.example",
    randomUuid: randomUUID,
    announceRevoked: async (id) => void announced.push(id),
  });
}
function usersOf() {
  return createUsers({ db: database.db, clock, random: Buffer.alloc, tokens: tokensOf() });
}
function request(change: Partial<TokenRequest> = {}): TokenRequest {
  return { userId: user.id, scope: "account", actions: ["read", "upload"], ...change };
}
async function verified(text: string, tokens = tokensOf()): Promise<VerifiedToken> {
  const token = await tokens.verifyToken(text);
  if (!token) throw new Error("not verified");
  return token;
}
function parsed(text: string): Macaroon {
  const macaroon = parseToken(text);
  if (!macaroon) throw new Error("not a token");
  return macaroon;
}
function pass(duration: Temporal.DurationLike): void {
  now = now.add(duration);
}
async function lastUse(id: string): Promise<Temporal.Instant | null | undefined> {
  const listed = await tokensOf().listTokens(user.id);
  return listed.find((token) => token.id === id)?.lastUsedAt;
}

const ACCOUNT = "[3,USER]";
test.each<readonly [string, Partial<TokenRequest>, readonly string[]]>([
  ["the whole account", {}, [ACCOUNT, '[65,["read","upload"]]']],
  ["reading only", { actions: ["read"] }, [ACCOUNT, '[65,["read"]]']],
  [
    "a project that does not exist yet",
    { scope: { names: [parseName("Big.Cheese")] } },
    ['[1,["big-cheese"]]', '[65,["read","upload"]]'],
  ],
  [
    "a project that exists",
    { scope: { names: [parseName("brie")], ids: ["project-1"] } },
    ['[1,["brie"]]', '[2,["project-1"]]', '[65,["read","upload"]]'],
  ],
  [
    "some indexes for a while",
    { indexIds: ["index-1", "index-2"], expiresAt: Temporal.Instant.from("2026-01-02T00:00:00.9Z") },
    [ACCOUNT, "[0,1767312000,1767225600]", '[64,["index-1","index-2"]]', '[65,["read","upload"]]'],
  ],
])("a token for %s says so twice, in itself and in its row", async (_, change, expected) => {
  const caveats = expected.map((caveat) => caveat.replace("USER", JSON.stringify(user.id)));
  const { id, token, description } = await tokensOf().createToken(request(change));
  expect(description).toBe("token of 2026-01-01T00:00:00Z");
  expect(parseToken(token)).toMatchObject({ location: "cheese.example", identifier: id });
  expect(parseToken(token)?.caveats.map(String)).toEqual(caveats);
  expect(await verified(token)).toEqual({ id, description, isRevoked: false, caveats: [...caveats, ...caveats], user });
});

test("nothing in the database makes a token: another server's secret does not verify it", async () => {
  const { token } = await tokensOf().createToken(request());
  const other = parseServerSecret("02".repeat(32), "the test");
  expect(await tokensOf(other).verifyToken(token)).toBeUndefined();
});

describe("a text that is no token of ours", () => {
  test.each<readonly [string, (token: string) => string]>([
    ["garbage", () => "pypi-garbage"],
    ["nothing", () => ""],
    ["a changed signature", (token) => `${token.slice(0, -3)}${token.endsWith("AAA") ? "BBB" : "AAA"}`],
    ["a forged one", () => forge("not the key", randomUUID())],
    ["one whose identifier is no UUID", () => forge("not the key", "'; drop table users --")],
  ])("%s asks the database nothing", async (_, change) => {
    const { token } = await tokensOf().createToken(request());
    statements = [];
    expect(await tokensOf().verifyToken(change(token))).toBeUndefined();
    expect(statements).toEqual([]);
  });

  test("one whose row is gone is not known any more", async () => {
    const { id, token } = await tokensOf().createToken(request());
    await database.db.deleteFrom("api_tokens").where("id", "=", id).execute();
    expect(await tokensOf().verifyToken(token)).toBeUndefined();
  });

  function forge(key: string, identifier: string): string {
    return formatToken(issueMacaroon(Buffer.from(key), { location: "", identifier, caveats: [] }));
  }
});

test("every token has a key of its own", async () => {
  const made = [await tokensOf().createToken(request()), await tokensOf().createToken(request())];
  for (const { id, token } of made) {
    expect(hasGoodSignature(parsed(token), secret.derive("api-token", id))).toBe(true);
    expect(hasGoodSignature(parsed(token), secret.derive("api-token", ""))).toBe(false);
  }
});

test("what a holder added counts, and bytes that are not text are never fulfilled", async () => {
  const { token } = await tokensOf().createToken(request());
  const macaroon = parsed(token);
  const narrowed = formatToken(attenuate(macaroon, "[0,1,0]"));
  expect((await verified(narrowed)).caveats).toContain("[0,1,0]");
  const context = { action: "read", index: undefined, project: "unchecked", userId: user.id, now } as const;
  expect(failingCaveats((await verified(token)).caveats, context)).toEqual([]);
  expect(failingCaveats((await verified(narrowed)).caveats, context)).toEqual(["token is expired"]);

  const bytes = Buffer.from(`[3,"${user.id}","\xff"]`, "latin1");
  const signature = createHmac("sha256", macaroon.signature).update(bytes).digest();
  const garbled = formatToken({ ...macaroon, caveats: [...macaroon.caveats, bytes], signature });
  expect(failingCaveats((await verified(garbled)).caveats, context)).toEqual(["unknown error"]);
});

test("a verified token is remembered for less than a minute", async () => {
  const tokens = tokensOf();
  const { token } = await tokens.createToken(request());
  const first = await verified(token, tokens);
  statements = [];
  pass({ seconds: 59 });
  expect(await verified(token, tokens)).toBe(first);
  expect(statements).toEqual([]);
  pass({ seconds: 1 });
  expect(await verified(token, tokens)).toEqual(first);
  expect(statements).not.toEqual([]);
});

describe("revoking", () => {
  test("counts at once in this worker and is announced to the others", async () => {
    const tokens = tokensOf();
    const { id, token } = await tokens.createToken(request());
    await verified(token, tokens);
    await tokens.revokeToken(id);
    expect(announced).toEqual([id]);
    expect((await verified(token, tokens)).isRevoked).toBe(true);
    expect(await tokens.listTokens(user.id)).toMatchObject([{ id, revokedAt: now }]);
  });

  test("counts in another worker when that is told", async () => {
    const other = tokensOf();
    const { id, token } = await tokensOf().createToken(request());
    await verified(token, other);
    await tokensOf().revokeToken(id);
    expect((await verified(token, other)).isRevoked).toBe(false);
    other.forgetToken(id);
    expect((await verified(token, other)).isRevoked).toBe(true);
  });

  test.each(["no-uuid", "00000000-0000-4000-8000-000000000000"])("the token %s is refused", async (id) => {
    await expect(tokensOf().revokeToken(id)).rejects.toThrow(TokenNotFound);
    expect(announced).toEqual([]);
  });

  test("twice is refused", async () => {
    const { id } = await tokensOf().createToken(request());
    await tokensOf().revokeToken(id);
    await expect(tokensOf().revokeToken(id)).rejects.toThrow(TokenNotFound);
  });
});

describe("the last use", () => {
  test("is recorded at most once a minute", async () => {
    const { id, token } = await tokensOf().createToken(request());
    expect(await lastUse(id)).toBeNull();
    const first = now;
    await verified(token);
    expect(await lastUse(id)).toEqual(first);
    pass({ seconds: 59 });
    await verified(token);
    expect(await lastUse(id)).toEqual(first);
    pass({ seconds: 1 });
    await verified(token);
    expect(await lastUse(id)).toEqual(now);
  });

  test("never waits for someone who holds the row", async () => {
    const { id, token } = await tokensOf().createToken(request());
    const { log, lines } = recordingLog();
    await database.db.transaction().execute(async (transaction) => {
      await sql`select from api_tokens where id = ${id} for update`.execute(transaction);
      await verified(token, tokensOf(secret, log));
    });
    expect(await lastUse(id)).toBeNull();
    expect(lines).toEqual([]);
  });

  test("that cannot be recorded refuses nobody and is logged", async () => {
    const { id, token } = await tokensOf().createToken(request());
    const { log, lines } = recordingLog();
    await sql`create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'`.execute(
      database.db,
    );
    await sql`create trigger refuse before update on api_tokens for each row execute function refuse()`.execute(
      database.db,
    );
    try {
      expect((await verified(token, tokensOf(secret, log))).id).toBe(id);
    } finally {
      await sql`drop function refuse cascade`.execute(database.db);
    }
    expect(lines).toMatchObject([{ level: "warn", message: expect.stringContaining(id) }]);
  });
});

describe("a token's name", () => {
  test("is made from the date, and numbered, when none is given", async () => {
    const made = [request(), request(), request()].map((wanted) => tokensOf().createToken(wanted));
    const names = (await Promise.all(made)).map(({ description }) => description).toSorted();
    const name = "token of 2026-01-01T00:00:00Z";
    expect(names).toEqual([name, `${name} (2)`, `${name} (3)`]);
  });

  test("is free again after revoking, and was never taken for other users", async () => {
    const wanted = request({ description: " laptop " });
    const { id, description } = await tokensOf().createToken(wanted);
    expect(description).toBe("laptop");
    await expect(tokensOf().createToken(wanted)).rejects.toThrow("API token name already in use");
    const other = await usersOf().createUser({ username: `o-${randomUUID()}`, email: `${randomUUID()}@example.com` });
    await tokensOf().createToken({ ...wanted, userId: other.id });
    await tokensOf().revokeToken(id);
    await tokensOf().createToken(wanted);
  });
});

test.each<readonly [string, Partial<TokenRequest>]>([
  ["no action", { actions: [] }],
  ["no index", { indexIds: [] }],
  ["no project", { scope: { names: [] } }],
  ["an expiry that is now", { expiresAt: Temporal.Instant.from("2026-01-01T00:00:00.123456Z") }],
  ["an empty name", { description: " " }],
  ["a long name", { description: "x".repeat(101) }],
  ["a name of two lines", { description: "a\nb" }],
])("%s is refused and leaves no row", async (_, change) => {
  await expect(tokensOf().createToken(request(change))).rejects.toThrow(InvalidTokenRequest);
  expect(await tokensOf().listTokens(user.id)).toEqual([]);
});

test("a token of nobody is refused", async () => {
  await expect(tokensOf().createToken(request({ userId: randomUUID() }))).rejects.toThrow(UserNotFound);
});
