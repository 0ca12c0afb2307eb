import { type Index, IndexNotFound, type KnownIndexes } from "../indexes/index.ts";
import { Forbidden } from "../platform/errors/problem.ts";

/** A mirror, or a union without a hosted member. */
export class TakesNoUploads extends Forbidden {
  readonly code = "takes_no_uploads";
  constructor({ name, kind }: Pick<Index, "name" | "kind">) {
    const what = kind === "mirror" ? "shows another index" : "has no member that does";
    super(`The index '${name}' takes no uploads: it ${what}.`);
  }
}

/** The index whose projects an upload to this one changes: itself, or the first hosted source of a union. Undefined when there is none. */
export async function findTakingIndex(
  indexes: Pick<KnownIndexes, "find">,
  addressed: Index,
): Promise<Index | undefined> {
  const source = addressed.sources.find(({ kind }) => kind === "hosted");
  if (source === undefined) return undefined;
  if (source.id === addressed.id) return addressed;
  const index = await indexes.find(source.name);
  if (index === undefined) throw new IndexNotFound(source.name);
  return index;
}
