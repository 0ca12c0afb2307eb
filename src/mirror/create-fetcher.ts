import type { Source } from "../indexes/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { createDownloads } from "./download.ts";
import { UpstreamTrouble, unavailable } from "./errors.ts";
import type { ColdFileAddress, Fetcher } from "./fetcher.ts";
import type { GrowingFile } from "./growing-file.ts";
import { createMetadataSiblings, readWheelMetadata } from "./metadata-sibling.ts";
import { createRefresh } from "./refresh.ts";
import { createReleaseMetadata } from "./release-metadata.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import type { UpstreamClients } from "./upstream-clients.ts";

export interface FetcherDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly clients: UpstreamClients;
  /** How long a page is believed without asking again; the absence of a project for a tenth of it, a minute at most. */
  readonly freshFor: Temporal.Duration;
  /** Told after a file was kept. */
  readonly onKept?: () => void;
}

/** The fetcher itself, in the process that talks to upstreams. Others reach it through `createRemoteFetcher`. */
export interface LocalFetcher extends Fetcher {
  openFile(source: Source, file: ColdFileAddress): Promise<GrowingFile>;
}

const ABSENT_AT_MOST = 60_000;

export function createFetcher(deps: FetcherDeps): LocalFetcher {
  const { db, store, clock, log, clients, freshFor, onKept } = deps;
  const { clientOf } = clients;
  const absentFor = Temporal.Duration.from({
    milliseconds: Math.floor(Math.min(freshFor.total("milliseconds") / 10, ABSENT_AT_MOST)),
  });
  const downloads = createDownloads({ db, store, clock, log, ...(onKept && { onKept }) });
  const siblings = createMetadataSiblings({ db, store, clock, log, downloads });
  const { refreshProject } = createRefresh({ db, clock, log, clientOf, freshFor, absentFor });
  const { fetchReleaseMetadata } = createReleaseMetadata<UpstreamClient>({
    db,
    clock,
    log,
    clientOf,
    readWheelMetadata,
  });

  async function clientFor(source: Source, what: string): Promise<UpstreamClient> {
    try {
      return await clientOf(source);
    } catch (error) {
      throw error instanceof UpstreamTrouble ? unavailable(what, error) : error;
    }
  }

  return {
    refreshProject,
    fetchReleaseMetadata,
    openFile: async (source, file) => downloads.open(source, file, await clientFor(source, file.filename)),
    fetchMetadataSibling: async (source, file) =>
      siblings.fetch(source, file, await clientFor(source, `${file.filename}.metadata`)),
    states: clients.states,
    async close() {
      await downloads.close();
      await clients.close();
    },
  };
}
