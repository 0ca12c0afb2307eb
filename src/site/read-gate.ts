import type { IncomingMessage } from "node:http";
import type { Index } from "../indexes/index.ts";
import type { HeaderList } from "../platform/http/answer.ts";

/**
 * What stands in front of every page of an index: the index that is asked for, when whoever asks may read it. Throws
 * IndexNotFound, or a 401 on a private index.
 */
export type ReadGate = (request: IncomingMessage, indexName: string) => Promise<Index>;

/** The two places where an index answers: `main` at the root, every other one below its name. */
export const indexPrefixes = ["", "/i/:index"] as const;

export interface IndexParams {
  readonly index?: string;
}

/** Seconds that browsers and shared caches may keep a page: long enough for a rush, short enough for an upload to be seen. */
const MAX_AGE = 60;

export function cacheHeaders(index: Pick<Index, "isPrivate">): HeaderList {
  return ["Cache-Control", index.isPrivate ? "private, no-cache" : `max-age=${MAX_AGE}, public`];
}

/** Names for `Vary`: only a private index answers by who asks. */
export function varyOf(index: Pick<Index, "isPrivate">): readonly string[] {
  return index.isPrivate ? ["Authorization"] : [];
}
