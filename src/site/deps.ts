import type { Documents } from "../documents/index.ts";
import type { Addresses, Catalogue, ReadGate } from "../indexes/index.ts";
import type { Rules } from "../platform/config/rules.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Frame } from "../web/index.ts";

export interface SiteDeps {
  readonly db: Db;
  readonly catalogue: Catalogue;
  readonly documents: Documents;
  readonly addresses: Addresses;
  readonly gate: ReadGate;
  readonly frame: Frame;
  readonly installation: Installation;
}

/** What the help page has to know to be true here. */
export interface Installation {
  readonly rules: Rules;
  /** Is there an htpasswd file, so that a user name and a password open what a token opens? */
  readonly takesPasswords: boolean;
  readonly isReadOnly: boolean;
}
