import type { Addresses } from "../indexes/index.ts";
import type { Place } from "../web/index.ts";

/** Where a page of this index belongs, as props of `Layout`: said only where it is not the main index. */
export function placeOf(addresses: Addresses, indexName: string): { readonly place?: Place } {
  return indexName === "main" ? {} : { place: { name: indexName, href: addresses.home(indexName) } };
}
