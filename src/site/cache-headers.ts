import type { Index } from "../indexes/index.ts";
import type { HeaderList } from "../platform/http/answer.ts";

/** Seconds that browsers and shared caches may keep a page: long enough for a rush, short enough for an upload to be seen. */
const MAX_AGE = 60;

export function cacheHeaders(index: Pick<Index, "isPrivate">): HeaderList {
  return ["Cache-Control", index.isPrivate ? "private, no-cache" : `max-age=${MAX_AGE}, public`];
}
