import {
  type Catalogue,
  claimStatement,
  hostedIds,
  type Index,
  type KnownIndexes,
  parseClaim,
  type Source,
} from "../indexes/index.ts";
import type { NormalizedName } from "../packaging-standards/index.ts";
import type { Rules } from "../platform/config/rules.ts";
import type { Statement } from "../platform/db/statement.ts";
import { Forbidden, Problem } from "../platform/errors/problem.ts";

/** The rule `upstream-names=refuse`: the upstream has a project of this name. */
class NameIsUpstream extends Forbidden {
  readonly code = "name_is_upstream";
  constructor(name: string, index: string) {
    super(
      `The name '${name}' belongs to a project of the index that '${index}' fetches other packages from. Choose another name, ` +
        `or ask whoever runs this server to claim it.`,
    );
  }
}

/** The same rule while the upstream cannot say. */
class UpstreamCannotSay extends Problem {
  readonly status = 503;
  readonly code = "upstream_cannot_say";
  override readonly headers = { "Retry-After": "60" };
  constructor(name: string) {
    super(`Whether the name '${name}' is free cannot be told now, as the upstream does not answer. Try again later.`);
  }
}

export interface NewNamesDeps {
  readonly indexes: Pick<KnownIndexes, "list">;
  readonly catalogue: Pick<Catalogue, "isKept" | "isUpstream">;
  readonly rule: Rules["upstreamNames"];
}

/** What becomes of a name that nobody here had before. */
export interface NewName {
  /** For the transaction that makes the project. */
  readonly whenNew: readonly Statement[];
  /** A sentence for whoever runs the server. */
  readonly alarm?: string;
}

/**
 * The rule `upstream-names`, for the first upload of a name to an index that stands in front of an upstream in some union. From that
 * upload on the upstream is never asked for the name again; this says what happens if it had it. Names that are kept already
 * are not asked for even once.
 */
export function createNewNames({ indexes, catalogue, rule }: NewNamesDeps) {
  return async (index: Index, name: NormalizedName): Promise<NewName> => {
    if (rule === "allow") return { whenNew: [] };
    const { mirrors, keepers } = await listBeside(index);
    if (mirrors.length === 0 || (await catalogue.isKept(keepers, name))) return { whenNew: [] };
    const found = await catalogue.isUpstream(mirrors, name);
    if (found === false) return { whenNew: [] };
    if (rule === "refuse") throw found === true ? new NameIsUpstream(name, index.name) : new UpstreamCannotSay(name);
    const reason =
      found === true ? "the upstream had this name at the first upload" : "the upstream could not be asked";
    return {
      whenNew: [claimStatement(index.id, parseClaim(name), reason)],
      alarm: `${name} is new in ${index.name} and claimed from now on: ${reason}`,
    };
  };

  /** The mirrors of all unions that this index is a source of, and whose names those unions keep from them. */
  async function listBeside(index: Index) {
    const unions = (await indexes.list()).filter(({ sources }) => sources.some(({ id }) => id === index.id));
    const mirrors = new Map<string, Source>();
    for (const source of unions.flatMap(({ sources }) => sources)) {
      if (source.kind === "mirror") mirrors.set(source.id, source);
    }
    return { mirrors: [...mirrors.values()], keepers: [...new Set(unions.flatMap(hostedIds))] };
  }
}
