import type { Index } from "./queries.ts";

/** All of an index that its documents depend on besides rows, as text for a key: which it is, who reads it, what it consists of. */
export function compositionKey({ id, isPrivate, sources }: Pick<Index, "id" | "isPrivate" | "sources">): string {
  return sources.length === 1 && sources[0]?.id === id
    ? `${id} ${isPrivate}`
    : `${id} ${isPrivate} ${sources.map((source) => source.id).join()}`;
}

/** What a document of an index is about: something changes in it when the project changes in any source, or any project without one. */
export function scopeOf(index: Pick<Index, "sources">, project?: string) {
  const sources = index.sources.map(({ id }) => id);
  return project === undefined ? { sources } : { sources, project };
}

/** The indexes of its sources that take uploads, in order. */
export function hostedIds({ sources }: Pick<Index, "sources">): readonly string[] {
  return sources.filter(({ kind }) => kind === "hosted").map(({ id }) => id);
}
