import type { Source } from "../indexes/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import { withoutCredentials } from "../platform/config/addresses.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Proxies } from "../platform/fetch/http-client.ts";
import type { Log } from "../platform/log/log.ts";
import { UpstreamTrouble } from "./errors.ts";
import type { UpstreamState } from "./fetcher.ts";
import { createGuardedClient, type GuardedClient } from "./guarded-client.ts";
import { createUpstreamClient, type UpstreamLimits } from "./http-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import { findUpstreamUrl, listUpstreams } from "./upstream-queries.ts";

export interface UpstreamClientsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** Sent as `User-Agent`. */
  readonly userAgent: string;
  /** Nothing is asked (`--offline`). */
  readonly isOffline: boolean;
  readonly limits?: Partial<UpstreamLimits> | undefined;
  readonly proxies?: Proxies | undefined;
}

export type UpstreamClients = ReturnType<typeof createUpstreamClients>;

/** One client per upstream, with its connections and circuit breakers; made when it is first needed, and anew for another address. */
export function createUpstreamClients({ db, clock, log, userAgent, isOffline, limits, proxies }: UpstreamClientsDeps) {
  const clients = new Map<string, { readonly url: string; readonly client: GuardedClient }>();

  function make(url: string): GuardedClient {
    const upstream = withoutCredentials(url);
    return createGuardedClient(createUpstreamClient({ url, clock, log, userAgent, limits, proxies }), {
      clock,
      log,
      upstream,
    });
  }

  return {
    /** Throws UpstreamTrouble for an index that mirrors nothing any more. */
    async clientOf(source: Source): Promise<UpstreamClient> {
      if (isOffline) return offlineClient;
      const url = await findUpstreamUrl(db, source.id);
      if (url === undefined) throw new UpstreamTrouble("unreachable", `${source.name} has no upstream.`);
      const known = clients.get(source.name);
      if (known?.url === url) return known.client;
      const client = make(url);
      clients.set(source.name, { url, client });
      // What it is doing yet comes to its end.
      void known?.client.close();
      return client;
    },

    async states(): Promise<readonly UpstreamState[]> {
      return (await listUpstreams(db)).map(({ index, url }) => {
        const known = clients.get(index);
        const state = known?.url === url ? known.client.state() : unasked;
        // Everybody may read this, and some upstreams have a secret in their path.
        return { index, url: `${new URL(url).origin}/`, ...state };
      });
    },

    async close(): Promise<void> {
      await Promise.all([...clients.values()].map(({ client }) => client.close()));
    },
  };
}

const unasked: Omit<UpstreamState, "index" | "url"> = {
  breaker: "closed",
  lastSuccessAt: null,
  lastFailureAt: null,
  lastFailure: null,
  retryAt: null,
};

async function refuse(): Promise<never> {
  throw new UpstreamTrouble("offline", "This server asks no upstream (--offline).");
}

const offlineClient: UpstreamClient = {
  getPage: refuse,
  getReleaseMetadata: refuse,
  openFile: refuse,
  getSmallFile: refuse,
  readRange: refuse,
  close: async () => {},
};
