import type { Freshness } from "../indexes/index.ts";
import type { HeaderList } from "../platform/http/answer.ts";

/** What a page says of itself while its upstream cannot be asked: how old it is, and the warning of RFC 7234 §5.5.1. */
export function staleHeaders(freshness: Freshness | undefined): HeaderList {
  const stale = freshness?.stale;
  return stale === undefined ? [] : ["Age", String(stale.age), "Warning", '110 - "Response is Stale"'];
}
