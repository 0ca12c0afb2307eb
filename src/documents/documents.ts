import { createDocument, type Document, type Representation } from "./document.ts";

/** What a builder read: the representation and the revision its rows were read at. */
export interface Built {
  readonly revision: number;
  readonly representation: Representation;
}

/** Builds a page from rows; undefined when there is no such page. */
export type Build = () => Promise<Built | undefined>;

interface Kept {
  readonly revision: number;
  readonly document: Document;
}

export type Documents = ReturnType<typeof createDocuments>;

/**
 * Pages kept in memory until a revision moves. The key names index, project and representation; least recently used ones
 * go when `maxBytes` is passed.
 */
export function createDocuments({ maxBytes }: { maxBytes: number }) {
  const kept = new Map<string, Kept>();
  const building = new Map<string, { readonly revision: number; readonly result: Promise<Document | undefined> }>();
  let bytes = 0;

  function drop(key: string): void {
    const old = kept.get(key);
    if (old === undefined) return;
    kept.delete(key);
    bytes -= old.document.bytes;
  }

  function keep(key: string, entry: Kept): void {
    const old = kept.get(key);
    if (old !== undefined && old.revision > entry.revision) return;
    drop(key);
    if (entry.document.bytes > maxBytes) return;
    kept.set(key, entry);
    bytes += entry.document.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) break;
      drop(oldest);
    }
  }

  async function buildDocument(key: string, build: Build): Promise<Document | undefined> {
    const built = await build();
    if (built === undefined) {
      drop(key);
      return undefined;
    }
    const document = createDocument(built.representation);
    keep(key, { revision: built.revision, document });
    return document;
  }

  return {
    /**
     * The document of `key`, at least as new as `revision`. A hit does no rendering, hashing or compression; whoever asks
     * while it is being built waits for that one build.
     */
    async get(key: string, revision: number, build: Build): Promise<Document | undefined> {
      const known = kept.get(key);
      if (known !== undefined && known.revision >= revision) {
        // Last in the map is most recently used.
        kept.delete(key);
        kept.set(key, known);
        return known.document;
      }
      const underWay = building.get(key);
      // A build that began before this revision was heard of may have read older rows.
      if (underWay !== undefined && underWay.revision >= revision) return underWay.result;
      const result = buildDocument(key, build).finally(() => {
        if (building.get(key)?.result === result) building.delete(key);
      });
      building.set(key, { revision, result });
      return result;
    },

    /** For the status page and for tests. */
    size: () => ({ documents: kept.size, bytes }),
  };
}
