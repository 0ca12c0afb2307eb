import { isUtf8 } from "node:buffer";
import type { NormalizedName } from "../packaging-standards/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { ServerSecret } from "../platform/crypto/secret.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { type Action, type Caveat, Tag } from "./caveats.ts";
import { InvalidTokenRequest, TokenNotFound, UserNotFound } from "./errors.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { hasGoodSignature, issueMacaroon } from "./macaroon.ts";
import { formatToken, parseToken } from "./macaroon-format.ts";
import {
  findToken,
  insertToken,
  type ListedToken,
  listTokenNames,
  listTokens,
  lockUser,
  markRevoked,
  recordUse,
  type User,
} from "./queries.ts";

export type Tokens = ReturnType<typeof createTokens>;

export interface TokenRequest {
  readonly userId: string;
  /** What its owner calls it: 1 to 100 characters, once among the tokens that are not revoked. Absent: by the date. */
  readonly description?: string;
  /** Where it may upload: wherever its user may, or to the projects named only, existing or not. */
  readonly scope: "account" | ProjectScope;
  /** Only there; absent: in every index, also in later ones. */
  readonly indexIds?: readonly string[];
  readonly actions: readonly Action[];
  readonly expiresAt?: Temporal.Instant;
}

export interface ProjectScope {
  readonly names: readonly NormalizedName[];
  /** The ids of all of them, when all exist: the token then dies with the project, also if the name is used again. */
  readonly ids?: readonly string[];
}

export interface IssuedToken {
  readonly id: string;
  readonly description: string;
  /** Told once: it cannot be had again. */
  readonly token: string;
}

/** A token whose signature is right. Whether it allows anything is for `failingCaveats` to say. */
export interface VerifiedToken {
  readonly id: string;
  readonly description: string;
  readonly isRevoked: boolean;
  /** Those in the token, holders' additions included, then those of the row. */
  readonly caveats: readonly string[];
  readonly user: User;
}

const CACHE = { seconds: 60, capacity: 10_000 } as const;
const USE_IS_RECORDED_EVERY = { minutes: 1 } as const;
const MAX_DESCRIPTION = 100;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function createTokens({
  db,
  clock,
  secret,
  log,
  location,
  randomUuid,
  announceRevoked = async () => {},
}: {
  db: Db;
  clock: Clock;
  secret: ServerSecret;
  log: Log;
  /** The host that tokens say they come from; informative. */
  location: string;
  randomUuid: () => string;
  /** Tells every worker to `forgetToken`, and resolves when they have. */
  announceRevoked?: (id: string) => Promise<void>;
}) {
  const verified = new ExpiringCache<VerifiedToken>({ clock, ...CACHE });

  return {
    /** Throws UserNotFound and InvalidTokenRequest. */
    createToken(request: TokenRequest): Promise<IssuedToken> {
      return db.transaction().execute((transaction) => createTokenIn(transaction, request));
    },

    createTokenIn,

    listTokens(userId: string): Promise<readonly ListedToken[]> {
      return listTokens(db, userId);
    },

    /** When this returns no worker accepts the token any more. Throws TokenNotFound. */
    async revokeToken(id: string): Promise<void> {
      if (!UUID.test(id) || !(await markRevoked(db, id, clock.now()))) throw new TokenNotFound(id);
      forgetToken(id);
      await announceRevoked(id);
    },

    forgetToken,

    /** Revocations may have been missed: every token is looked up again. */
    forgetAll: () => verified.remove(() => true),

    /**
     * The token that a text is, if we issued it and its row is still there. What we did not sign never costs a
     * question to the database; what was seen in the last minute costs one hash.
     */
    async verifyToken(text: string): Promise<VerifiedToken | undefined> {
      const key = secret.derive("seen-token", text).toString("base64");
      const { moment } = verified;
      const known = verified.find(key);
      if (known) return known;
      const macaroon = parseToken(text);
      if (!macaroon || !hasGoodSignature(macaroon, rootKey(macaroon.identifier))) return undefined;
      const stored = await findToken(db, macaroon.identifier);
      if (!stored) return undefined;
      const token = { ...stored, caveats: [...macaroon.caveats.map(toText), ...stored.caveats] };
      verified.store(key, token, moment);
      await noteUse(stored.id);
      return token;
    },
  };

  /** As `createToken`, in a transaction of the caller's. */
  async function createTokenIn(transaction: Db, request: TokenRequest): Promise<IssuedToken> {
    const now = clock.now();
    const caveats = checkRequest(request, now);
    if (!(await lockUser(transaction, request.userId))) throw new UserNotFound(request.userId);
    const description = chooseDescription(request.description, await listTokenNames(transaction, request.userId), now);
    const id = randomUuid();
    await insertToken(transaction, {
      id,
      userId: request.userId,
      description,
      caveats,
      createdAt: now,
      expiresAt: request.expiresAt,
    });
    const texts = caveats.map((caveat) => JSON.stringify(caveat));
    return {
      id,
      description,
      token: formatToken(issueMacaroon(rootKey(id), { location, identifier: id, caveats: texts })),
    };
  }

  function rootKey(id: string): Buffer {
    return secret.derive("api-token", id);
  }

  /** Drops what this worker remembers of a token. */
  function forgetToken(id: string): void {
    verified.remove((token) => token.id === id);
  }

  /** A note that fails must not refuse a request. */
  async function noteUse(id: string): Promise<void> {
    const now = clock.now();
    try {
      await recordUse(db, id, now, now.subtract(USE_IS_RECORDED_EVERY));
    } catch (error) {
      log.warn({ token: id, err: error }, `could not note that token ${id} was used`);
    }
  }
}

function checkRequest({ userId, scope, indexIds, actions, expiresAt }: TokenRequest, now: Temporal.Instant): Caveat[] {
  if (actions.length === 0) throw new InvalidTokenRequest("A token needs something it may do: read, upload or both");
  if (indexIds?.length === 0) throw new InvalidTokenRequest("A token needs an index it is for");
  if (scope !== "account" && scope.names.length === 0)
    throw new InvalidTokenRequest("A token needs a project it is for");
  if (expiresAt && Temporal.Instant.compare(expiresAt, now) <= 0) {
    throw new InvalidTokenRequest(`A token cannot expire in the past: ${expiresAt}`);
  }
  const caveats: Caveat[] = [];
  if (scope === "account") caveats.push([Tag.requestUser, userId]);
  else caveats.push([Tag.projectName, scope.names]);
  if (scope !== "account" && scope.ids) caveats.push([Tag.projectId, scope.ids]);
  if (expiresAt) caveats.push([Tag.expiration, toSeconds(expiresAt), toSeconds(now)]);
  if (indexIds) caveats.push([Tag.index, indexIds]);
  // Said also when it is everything: what tokens may learn to do later, this one was not issued for.
  caveats.push([Tag.actions, actions]);
  return caveats;
}

function chooseDescription(wanted: string | undefined, taken: ReadonlySet<string>, now: Temporal.Instant): string {
  if (wanted === undefined) {
    const base = `token of ${now.toString({ smallestUnit: "second" })}`;
    let description = base;
    for (let count = 2; taken.has(description); count += 1) description = `${base} (${count})`;
    return description;
  }
  const description = wanted.trim();
  if (description === "" || description.length > MAX_DESCRIPTION || /\p{Cc}/u.test(description)) {
    throw new InvalidTokenRequest(`A token's name has 1 to ${MAX_DESCRIPTION} characters on one line`);
  }
  if (taken.has(description)) throw new InvalidTokenRequest("API token name already in use");
  return description;
}

/** What is not UTF-8 becomes a caveat that nothing fulfils. */
function toText(caveat: Buffer): string {
  return isUtf8(caveat) ? caveat.toString() : "";
}

function toSeconds(instant: Temporal.Instant): number {
  return Math.floor(instant.epochMilliseconds / 1000);
}
