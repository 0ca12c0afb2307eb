import type { Source } from "../../src/indexes/index.ts";
import type { Fetcher } from "../../src/mirror/fetcher.ts";
import { createUpstreamClient } from "../../src/mirror/http-client.ts";
import { findUpstreamUrl } from "../../src/mirror/index.ts";
import { readWheelMetadata } from "../../src/mirror/metadata-sibling.ts";
import { createRefresh } from "../../src/mirror/refresh.ts";
import { createReleaseMetadata } from "../../src/mirror/release-metadata.ts";
import type { UpstreamClient } from "../../src/mirror/upstream-client.ts";
import type { Clock } from "../../src/platform/clock/clock.ts";
import type { Db } from "../../src/platform/db/pool.ts";
import type { Log } from "../../src/platform/log/log.ts";

/** The part of a fetcher that pages are made of, in this process. A fake upstream answers for itself; files are not fetched. */
export function createPageFetcher({ db, clock, log }: { db: Db; clock: Clock; log: Log }): Fetcher {
  const clients = new Map<string, UpstreamClient>();
  const clientOf = async (source: Source): Promise<UpstreamClient> => {
    const url = await findUpstreamUrl(db, source.id);
    if (url === undefined) throw new Error(`${source.name} has no upstream`);
    const client =
      clients.get(url) ?? createUpstreamClient({ url, clock, log, userAgent: "test", limits: { totalMs: 2000 } });
    clients.set(url, client);
    return client;
  };
  const minutes = (count: number) => Temporal.Duration.from({ minutes: count });
  const { refreshProject } = createRefresh({ db, clock, log, clientOf, freshFor: minutes(10), absentFor: minutes(1) });
  const { fetchReleaseMetadata } = createReleaseMetadata({ db, clock, log, clientOf, readWheelMetadata });
  return {
    refreshProject,
    fetchReleaseMetadata,
    openFile: () => Promise.reject(new Error("no file was to be fetched")),
    fetchMetadataSibling: () => Promise.reject(new Error("no file was to be fetched")),
    states: async () => [],
    close: async () => void (await Promise.all([...clients.values()].map((client) => client.close()))),
  };
}
