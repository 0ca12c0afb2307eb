// The accounts room for commands: services on a command's own database, without the rest of the server.
import { randomBytes, randomUUID } from "node:crypto";
import { createTokens, createUsers, type Tokens, type Users } from "../accounts/index.ts";
import { systemClock } from "../platform/clock/clock.ts";
import type { Config } from "../platform/config/resolve.ts";
import { createDb, type Db, type Pool } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { baseUrlOf } from "./addresses.ts";
import { NOTIFY } from "./notifications.ts";
import { openSecret } from "./open-secret.ts";

export interface AccountServices {
  readonly db: Db;
  readonly users: Users;
  readonly tokens: Tokens;
}

/** Throws SecretUnusable. */
export async function createAccountServices(pool: Pool, config: Config, log: Log): Promise<AccountServices> {
  const db = createDb(pool);
  const tokens = createTokens({
    db,
    clock: systemClock,
    secret: await openSecret(config),
    log,
    location: new URL(baseUrlOf(config)).hostname,
    randomUuid: randomUUID,
    announceRevoked: async (id) => {
      await pool.query(NOTIFY, [JSON.stringify({ change: { kind: "token-revoked", id } })]);
    },
  });
  return { db, tokens, users: createUsers({ db, clock: systemClock, random: randomBytes, tokens }) };
}
