import type { IncomingMessage } from "node:http";
import type { HeaderList } from "../platform/http/answer.ts";
import { corsHeaders } from "../platform/http/cors.ts";
import type { Index } from "./queries.ts";

/**
 * What stands in front of every address that reads: the index that is asked for, when whoever asks may read it. Throws
 * IndexNotFound, or ReadingNeedsIdentity (401) on a private index.
 */
export type ReadGate = (request: IncomingMessage, indexName: string) => Promise<Index>;

/** The two places where an index answers: `main` at the root, every other one below its name. */
export const indexPrefixes = ["", "/i/:index"] as const;

export interface IndexParams {
  readonly index?: string;
}

/** Caching and CORS of an answer: shared caches and other origins may see a public index only. */
export function visibilityHeaders(index: Pick<Index, "isPrivate">, publicMaxAge: number): HeaderList {
  return index.isPrivate
    ? ["Cache-Control", "private, no-cache"]
    : ["Cache-Control", `max-age=${publicMaxAge}, public`, ...corsHeaders];
}

/** Names for `Vary` that an index adds to those of the representation: only a private one answers by who asks. */
export function visibilityVary(index: Pick<Index, "isPrivate">): readonly string[] {
  return index.isPrivate ? ["Authorization"] : [];
}

/** The headers of a refusal or a redirect by a read interface: CORS where everybody may read, and nothing that a cache would keep long. */
export function refusalHeaders(index: Pick<Index, "isPrivate">): HeaderList {
  return index.isPrivate ? ["Cache-Control", "private, no-cache", "Vary", "Authorization"] : corsHeaders;
}
