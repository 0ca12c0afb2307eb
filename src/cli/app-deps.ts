// What a worker provides to the composition root: the platform's parts, made from the configuration.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openHtpasswd } from "../accounts/index.ts";
import { createRemoteFetcher } from "../mirror/index.ts";
import { systemClock } from "../platform/clock/clock.ts";
import type { Config } from "../platform/config/resolve.ts";
import { type Connection, createDb, createPool } from "../platform/db/pool.ts";
import { createForwarded, parseProxies } from "../platform/http/forwarded.ts";
import type { Log } from "../platform/log/log.ts";
import { createShelf } from "../platform/shelf/shelf.ts";
import { shelfFolders } from "../platform/shelf/shelf-folders.ts";
import { createDiskStore } from "../platform/storage/disk-store.ts";
import { openSecret } from "./open-secret.ts";
import { readVersion } from "./package-root.ts";

/** Bytes of memory that a worker may fill with built pages. */
const DOCUMENT_MEMORY = 64 * 1024 * 1024;
/** Milliseconds: the database itself ends a statement after 30 s (pool.ts), so no answer comes later than that. */
const STATEMENT_PATIENCE = 35_000;

export interface Surroundings {
  readonly config: Config;
  readonly connection: Connection;
  /** Where people reach the server; ends with a slash. */
  readonly publicUrl: string;
  readonly log: Log;
  readonly changes: Changes;
  /** Where the fetcher listens, if there is one. */
  readonly fetcher: string;
}

/** Carries what one worker changed to the others. */
export interface Changes {
  /** Resolves when every other worker's listeners have returned. A change is anything that JSON can carry. */
  announce(change: unknown): Promise<void>;
  /** Told of what others announced, in order, before their announcement resolves. */
  listen(listener: (change: unknown) => void): void;
}

export type AppDeps = Awaited<ReturnType<typeof createAppDeps>>["deps"];

/** Throws SecretUnusable, HtpasswdUnreadable, and what the file system says about the folder for files. */
export async function createAppDeps({ config, connection, publicUrl, log, changes, fetcher: socket }: Surroundings) {
  const clock = systemClock;
  const secret = await openSecret(config);
  const store = await createDiskStore(config.files, { log, clock, minFree: config.minFree });
  await store.sweepTemporary();
  const pool = createPool(connection, {
    onConnectionLost: (error) => log.warn({ err: error }, `a connection to the database broke: ${error.message}`),
  });
  const { htpasswd: path, trustedProxy, filesUrl, uploadUrl, rules, readOnly } = config;
  const fetcher = createRemoteFetcher({ socket, store });
  const deps = {
    db: createDb(pool, { patience: STATEMENT_PATIENCE }),
    store,
    secret,
    clock,
    log,
    random: randomBytes,
    forwarded: createForwarded(parseProxies(trustedProxy)),
    htpasswd: path === undefined ? undefined : await openHtpasswd({ path, clock, secret, log }),
    changes,
    fetcher,
    front: config.nginx
      ? {
          shelf: createShelf({ folders: shelfFolders(config), log, minFree: config.minFree }),
          storeFolder: join(config.files, "blobs"),
        }
      : undefined,
    settings: {
      publicUrl,
      filesUrl,
      uploadUrl,
      rules,
      readOnly,
      version: readVersion(),
      documentMemory: DOCUMENT_MEMORY,
    },
  };
  return {
    deps,
    async close() {
      await fetcher.close();
      await store.close();
      await pool.end();
    },
  };
}
