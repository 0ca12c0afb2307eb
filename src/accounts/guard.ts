import type { Clock } from "../platform/clock/clock.ts";
import type { Problem } from "../platform/errors/problem.ts";
import { type CaveatContext, failingCaveats } from "./caveats.ts";
import {
  AuthenticationInvalid,
  type HelpUrl,
  InvalidApiToken,
  PasswordsNotAccepted,
  ReadingNeedsIdentity,
  tokenText,
  VerifiedEmailNeeded,
} from "./errors.ts";
import type { Identify, Identity, KnownIdentity } from "./identity.ts";

export type Guard = ReturnType<typeof createGuard>;

export interface GuardedIndex {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
}

/** What an upload is for; "unchecked" while the form has not told the project yet. */
export interface UploadTarget {
  readonly index: Pick<GuardedIndex, "id" | "name">;
  readonly project: CaveatContext["project"];
}

const TOKEN_REVOKED = ["token is revoked"];

/** Stands before every read interface and before uploads. It judges identities and tokens; roles are for `projects`. */
export function createGuard({ identify, clock, helpUrl }: { identify: Identify; clock: Clock; helpUrl: HelpUrl }) {
  return {
    /**
     * For read routes: undefined at once when the index is public, whatever the header holds. Otherwise a promise that
     * rejects with ReadingNeedsIdentity.
     */
    admitReader(index: GuardedIndex, authorization: string | undefined): Promise<void> | undefined {
      if (!index.isPrivate) return undefined;
      return identify(authorization).then((identity) => mayRead(index, identity));
    },

    mayRead,
    findUploadRefusal,

    /** Throws the refusal, or narrows the identity to a known one. */
    mayUpload(identity: Identity, target: UploadTarget): KnownIdentity {
      const refusal = findUploadRefusal(identity, target);
      if (refusal || identity.kind !== "user") throw refusal ?? new AuthenticationInvalid(helpUrl);
      return identity;
    },

    /** For the rule `verified-email`, after roles were checked. Users of an htpasswd file have no address to verify. */
    requireVerifiedEmail(identity: KnownIdentity): void {
      if (identity.via === "token" && !identity.user.hasVerifiedEmail) {
        throw new VerifiedEmailNeeded(identity.user.username, helpUrl);
      }
    },
  };

  /** Every active account of this server may read, as far as its token allows. Throws ReadingNeedsIdentity. */
  function mayRead(index: GuardedIndex, identity: Identity): void {
    if (!index.isPrivate) return;
    const why = findReadingRefusal(index, identity);
    if (why !== undefined) throw new ReadingNeedsIdentity(index.name, why);
  }

  function findReadingRefusal(index: GuardedIndex, identity: Identity): string | undefined {
    if (identity.kind === "user") {
      if (identity.via === "htpasswd") return undefined;
      const failures = failuresOf(identity, { action: "read", index, project: "unchecked" });
      return failures.length > 0 ? tokenText(failures, identity.token.description) : undefined;
    }
    if (identity.kind === "invalid" && identity.reason === "revoked")
      return tokenText(TOKEN_REVOKED, identity.tokenName);
    const found = identity.kind === "anonymous" ? "" : " What was sent identifies nobody.";
    return (
      `The index '${index.name}' is private.${found} The user name is __token__ and the password is an API token. ` +
      `See ${helpUrl("apitoken")}`
    );
  }

  /** Why this identity may not upload there; undefined when nothing but a role can be missing. */
  function findUploadRefusal(identity: Identity, target: UploadTarget): Problem | undefined {
    switch (identity.kind) {
      case "anonymous":
        return new AuthenticationInvalid(helpUrl);
      case "invalid":
        if (identity.reason === "revoked") return new InvalidApiToken(TOKEN_REVOKED, identity.tokenName);
        return identity.reason === "password" ? new PasswordsNotAccepted(helpUrl) : new AuthenticationInvalid(helpUrl);
      case "user": {
        if (identity.via === "htpasswd") return undefined;
        const failures = failuresOf(identity, { action: "upload", ...target });
        return failures.length > 0 ? new InvalidApiToken(failures, identity.token.description) : undefined;
      }
    }
  }

  function failuresOf(
    { token, user }: Extract<KnownIdentity, { via: "token" }>,
    asked: Pick<CaveatContext, "action" | "index" | "project">,
  ): readonly string[] {
    return failingCaveats(token.caveats, { ...asked, userId: user.id, now: clock.now() });
  }
}
