import { parseAuthorization } from "./credentials.ts";
import type { Htpasswd } from "./htpasswd.ts";
import type { User } from "./queries.ts";
import type { Tokens, VerifiedToken } from "./tokens.ts";
import type { Users } from "./users.ts";

/** Who is asking, as far as the request shows; what they may do is for the guard. */
export type Identity =
  | { readonly kind: "anonymous" }
  | InvalidIdentity
  | { readonly kind: "user"; readonly via: "token"; readonly user: User; readonly token: VerifiedToken }
  | { readonly kind: "user"; readonly via: "htpasswd"; readonly user: User };

/**
 * Something was presented that identifies nobody: a password where there are only tokens, a token of ours that was
 * revoked, or anything else, of which nothing is told.
 */
type InvalidIdentity =
  | { readonly kind: "invalid"; readonly reason: "password" | "unrecognised" }
  | { readonly kind: "invalid"; readonly reason: "revoked"; readonly tokenName: string };

export type KnownIdentity = Extract<Identity, { kind: "user" }>;

/** Takes the value of the Authorization header. Never throws for what stands in it. */
export type Identify = (authorization: string | undefined) => Promise<Identity>;

const ANONYMOUS: Identity = { kind: "anonymous" };
const UNRECOGNISED: Identity = { kind: "invalid", reason: "unrecognised" };

/**
 * Tokens first; a user name and a password only against the htpasswd file, if there is one. The passwords of accounts
 * are for signing in to pages and identify nobody here.
 */
export function createIdentify({
  tokens,
  users,
  htpasswd,
}: {
  tokens: Pick<Tokens, "verifyToken">;
  users: Pick<Users, "getHtpasswdUser">;
  htpasswd?: Htpasswd | undefined;
}): Identify {
  return async (authorization) => {
    const credentials = parseAuthorization(authorization);
    switch (credentials.kind) {
      case "none":
        return ANONYMOUS;
      case "unreadable":
        return UNRECOGNISED;
      case "token":
        return fromToken(await tokens.verifyToken(credentials.token));
      case "password": {
        if (!htpasswd) return { kind: "invalid", reason: "password" };
        if (!(await htpasswd.isUser(credentials.username, credentials.password))) return UNRECOGNISED;
        const user = await users.getHtpasswdUser(credentials.username);
        return user.isActive ? { kind: "user", via: "htpasswd", user } : UNRECOGNISED;
      }
    }
  };
}

function fromToken(token: VerifiedToken | undefined): Identity {
  if (!token?.user.isActive) return UNRECOGNISED;
  if (token.isRevoked) return { kind: "invalid", reason: "revoked", tokenName: token.description };
  return { kind: "user", via: "token", user: token.user, token };
}
