// The door of accounts: people, their API tokens, who a request comes from, and whether that identity lets it in.
export type { Action, CaveatContext, ProjectInQuestion } from "./caveats.ts";
export type { HelpUrl } from "./errors.ts";
export { createGuard, type Guard, type GuardedIndex, type UploadTarget } from "./guard.ts";
export { type Htpasswd, openHtpasswd } from "./htpasswd.ts";
export { createIdentify, type Identify, type Identity, type KnownIdentity } from "./identity.ts";
export type { ListedToken, User } from "./queries.ts";
export { createTokens, type IssuedToken, type ProjectScope, type TokenRequest, type Tokens } from "./tokens.ts";
export { createUsers, type OwnerCredentials, type UserRequest, type Users } from "./users.ts";
