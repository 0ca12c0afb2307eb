// How this room says no. The texts that upload clients print keep the wording other indexes use: people search for it.
import { BadRequest, Forbidden, NotFound, Problem } from "../platform/errors/problem.ts";

/** The address of a passage of the help page, by its anchor: `helpUrl("apitoken")`. */
export type HelpUrl = (anchor: string) => string;

/** Nobody is known by what the request carries; it does not say why, except to the owner of a token. */
export class AuthenticationInvalid extends Forbidden {
  readonly code = "authentication_invalid";
  constructor(helpUrl: HelpUrl) {
    super(`Invalid or non-existent authentication information. See ${helpUrl("invalid-auth")} for more information.`);
  }
}

/** A user name and a password where only tokens are accepted. */
export class PasswordsNotAccepted extends Forbidden {
  readonly code = "passwords_not_accepted";
  constructor(helpUrl: HelpUrl) {
    super(
      "Username/Password authentication is no longer supported. Migrate to API Tokens instead. " +
        `See ${helpUrl("apitoken")}. ` +
        "The user name is __token__ and the password is the token.",
    );
  }
}

/** The token is one of ours, and its signature right, but it does not allow this. */
export class InvalidApiToken extends Forbidden {
  readonly code = "invalid_api_token";
  constructor(failures: readonly string[], tokenName: string) {
    super(tokenText(failures, tokenName));
  }
}

/** Asked for by the rule `verified-email`. */
export class VerifiedEmailNeeded extends Forbidden {
  readonly code = "verified_email_needed";
  constructor(username: string, helpUrl: HelpUrl) {
    super(
      `User '${username}', associated with the API token used, does not have a verified primary email address. ` +
        "Please add a verified primary email before attempting to upload to this index. " +
        `See ${helpUrl("verified-email")} for more information.`,
    );
  }
}

/** Never 404: installers would take it for "no such version" and send people astray. */
export class ReadingNeedsIdentity extends Problem {
  readonly status = 401;
  readonly code = "reading_needs_identity";
  override readonly headers: Readonly<Record<string, string>>;
  constructor(indexName: string, message: string) {
    super(message);
    this.headers = {
      "WWW-Authenticate": `Basic realm="${indexName}"`,
      "Cache-Control": "private, no-cache",
      Vary: "Authorization",
    };
  }
}

export class UserNotFound extends NotFound {
  readonly code = "user_not_found";
  constructor(username: string) {
    super(`There is no user named ${username}`);
  }
}

export class TokenNotFound extends NotFound {
  readonly code = "token_not_found";
  constructor(id: string) {
    super(`There is no token ${id} that could still be revoked`);
  }
}

export class InvalidUsername extends BadRequest {
  readonly code = "invalid_username";
  constructor(username: string) {
    super(
      `${JSON.stringify(username)} cannot be a user name: 2 to 50 of the characters a–z, 0–9, dot, hyphen and underscore, ` +
        "beginning and ending with a letter or a digit",
    );
  }
}

export class UsernameTaken extends BadRequest {
  readonly code = "username_taken";
  constructor(username: string) {
    super(`The user name ${username} is already being used by another account; capitals make no difference`);
  }
}

export class InvalidEmail extends BadRequest {
  readonly code = "invalid_email";
  constructor(email: string) {
    super(`${JSON.stringify(email)} is not an e-mail address such as name@example.com`);
  }
}

export class EmailTaken extends BadRequest {
  readonly code = "email_taken";
  constructor(email: string) {
    super(`The e-mail address ${email} is already being used by another account`);
  }
}

export class PasswordUnusable extends BadRequest {
  readonly code = "password_unusable";
}

export class InvalidTokenRequest extends BadRequest {
  readonly code = "invalid_token_request";
}

/** What the failures of a token are, and which token it was: one of many on a machine, often. */
export function tokenText(failures: readonly string[], tokenName: string): string {
  // A token's caveats stand in it and in its row, so most failures are found twice.
  return `Invalid API Token: ${[...new Set(failures)].slice(0, 20).join(", ")}. The token is named '${tokenName}'.`;
}
