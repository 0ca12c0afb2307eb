/** Mirrors: what is known of other indexes, how they are asked, and which of their bytes are kept here. */
export { createColdFiles } from "./cold-files.ts";
export { createFetcher } from "./create-fetcher.ts";
export { UpstreamUnavailable } from "./errors.ts";
export { createEviction } from "./evict.ts";
export type { Fetcher, UpstreamState } from "./fetcher.ts";
export { listenFetcher } from "./fetcher-server.ts";
export { createMirrorSource } from "./pages.ts";
export { createRemoteFetcher } from "./remote-fetcher.ts";
export { createUpstreamClients } from "./upstream-clients.ts";
export { listUpstreams, setUpstream, type Upstream } from "./upstream-queries.ts";
export { parseLock, parseRequirementsFile, UnreadableList, type WantedList } from "./wanted.ts";
export { createWarm, type PlannedFile } from "./warm.ts";
