/** Mirrors: what is known of other indexes, how they are asked, and which of their bytes are kept here. */
export { UpstreamUnavailable } from "./errors.ts";
export type { Fetcher } from "./fetcher.ts";
