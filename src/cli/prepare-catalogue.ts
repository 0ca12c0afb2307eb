// What a server does to its database before it answers. Loaded only for that moment, by the supervisor.
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { OwnerCredentials } from "../accounts/index.ts";
import { getIndex, setVisibility } from "../indexes/index.ts";
import { listUpstreams } from "../mirror/index.ts";
import { withoutCredentials } from "../platform/config/addresses.ts";
import type { Resolution } from "../platform/config/resolve.ts";
import type { Connection, Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { createAccountServices } from "./accounts.ts";
import { withPool } from "./database.ts";
import { putInFront, shareVisibility, takeFromFront } from "./put-in-front.ts";
import { runMigrations } from "./run-migrations.ts";
import type { Loaded } from "./setting-flags.ts";
import { readStoredSettings } from "./stored-settings.ts";
import { CommandFailed } from "./terminal.ts";

export interface Prepared {
  /** With what `cheeseshop set` keeps. */
  readonly resolution: Resolution;
  readonly postgresMajor: number;
  /** Whether reading the main index needs an identity. */
  readonly isPrivate: boolean;
  /** Where the packages come from that are not in the main index itself; without credentials. */
  readonly upstreams: readonly string[];
  /** Of a first start. */
  readonly ownerToken?: string;
}

const OLDEST_POSTGRES = 15;

/** The database is older than what the catalogue's statements need. */
export class PostgresTooOld extends CommandFailed {}

/** Migrates, reads stored settings, applies those that live in rows, and makes the owner of an empty catalogue. */
export function prepareCatalogue(connection: Connection, loaded: Loaded, log: Log): Promise<Prepared> {
  return withPool(connection, async (pool) => {
    const { rows } = await pool.query<{ version: string }>("select current_setting('server_version_num') as version");
    const postgresMajor = Math.floor(Number(rows[0]?.version) / 10_000);
    if (postgresMajor < OLDEST_POSTGRES) {
      throw new PostgresTooOld(
        `The database is PostgreSQL ${postgresMajor}; Cheeseshop needs ${OLDEST_POSTGRES} or newer`,
      );
    }
    await runMigrations(pool, log);
    const resolution = loaded.withStored(await readStoredSettings(pool));
    const { config } = resolution;
    const { db, users } = await createAccountServices(pool, config, log);
    // An index that was made private stays so until someone says otherwise: forgetting a flag must not open it.
    const isSaid = resolution.entries.some(({ name, origin }) => name === "private" && origin !== "default");
    if (isSaid) await setVisibility(db, "main", config.private);
    if (config.upstream !== undefined) await placeInFront(db, config.upstream, log);
    await shareVisibility(db);
    const { isPrivate, sources } = await getIndex(db, "main");
    const upstreams = (await listUpstreams(db))
      .filter(({ index }) => sources.some(({ name }) => name === index))
      .map(({ url }) => withoutCredentials(url));
    const owner = await users.createOwner((credentials) => keepCredentials(config.data, credentials));
    return { resolution, postgresMajor, isPrivate, upstreams, ...(owner && { ownerToken: owner.token }) };
  });
}

/** Does as `--upstream` says; without it an index stays what it is. */
async function placeInFront(db: Db, upstream: string, log: Log): Promise<void> {
  if (upstream === "off") {
    if (await takeFromFront(db)) log.info({}, "the index main stands alone from now on, in front of no other");
    return;
  }
  const shown = withoutCredentials(upstream);
  const outcome = await putInFront(db, upstream);
  if (outcome === "same") return;
  log.info(
    { upstream: shown },
    outcome === "new"
      ? `the index main stands in front of ${shown} from now on`
      : `the index main stands in front of ${shown} from now on, and what was known of the upstream before is forgotten`,
  );
}

/** Two files for the owner's eyes only, durable before the account is. */
async function keepCredentials(data: string, { token, password }: OwnerCredentials): Promise<void> {
  for (const [name, text] of [
    ["owner-token", token],
    ["owner-password", password],
  ] as const) {
    const file = await open(join(data, name), "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
