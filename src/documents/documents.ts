import { createDocument, type Document, type Representation } from "./document.ts";

/** What a document is about: a project of an index, or (without one) something that every project of the index may change. */
export interface Scope {
  readonly index: string;
  readonly project?: string;
}

/** Builds a page from rows that are read after it was called; undefined when there is no such page. */
export type Build = () => Promise<Representation | undefined>;

export type Documents = ReturnType<typeof createDocuments>;

interface Kept {
  readonly document: Document;
  readonly scope: string;
}

interface Building {
  readonly scope: string;
  readonly result: Promise<Document | undefined>;
  /** Set when a change was heard of since it began: it may answer who waits, but is not kept. */
  isOutdated: boolean;
}

/**
 * Pages kept in memory until something they say changes. Whoever commits a change says so to every process before anyone is
 * told of it, and the database says it too (trigger `journal_moves_serials`), so that no change is lost with the process that made
 * it. The least recently used ones go when `maxBytes` is passed.
 */
export function createDocuments({ maxBytes }: { maxBytes: number }) {
  const kept = new Map<string, Kept>();
  const keysOf = new Map<string, Set<string>>();
  const building = new Map<string, Building>();
  let bytes = 0;

  const nameOf = ({ index, project }: Scope) => (project === undefined ? index : `${index} ${project}`);

  function drop(key: string): void {
    const entry = kept.get(key);
    if (entry === undefined) return;
    kept.delete(key);
    bytes -= entry.document.bytes;
    const keys = keysOf.get(entry.scope);
    keys?.delete(key);
    if (keys?.size === 0) keysOf.delete(entry.scope);
  }

  function keep(key: string, scope: string, document: Document): void {
    drop(key);
    if (document.bytes > maxBytes) return;
    kept.set(key, { document, scope });
    const keys = keysOf.get(scope);
    if (keys === undefined) keysOf.set(scope, new Set([key]));
    else keys.add(key);
    bytes += document.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) break;
      drop(oldest);
    }
  }

  /** Forgets what is kept, and what is being built, about one thing. */
  function outdate(scope: string): void {
    for (const key of keysOf.get(scope) ?? []) drop(key);
    for (const [key, build] of building) {
      if (build.scope !== scope) continue;
      build.isOutdated = true;
      building.delete(key);
    }
  }

  function find(key: string): Document | undefined {
    const entry = kept.get(key);
    if (entry === undefined) return undefined;
    // Last in the map is most recently used.
    kept.delete(key);
    kept.set(key, entry);
    return entry.document;
  }

  function start(key: string, scope: string, build: Build): Building {
    const underWay: Building = { scope, isOutdated: false, result: run() };
    return underWay;

    async function run(): Promise<Document | undefined> {
      try {
        const representation = await build();
        if (representation === undefined) return undefined;
        const document = createDocument(representation);
        if (!underWay.isOutdated) keep(key, scope, document);
        return document;
      } finally {
        if (building.get(key) === underWay) building.delete(key);
      }
    }
  }

  return {
    /** The document if it is in memory. A hit does no SQL, rendering, hashing or compression. */
    find,

    /** The document of `key`, built if need be; whoever asks while it is being built waits for that one build. */
    async get(key: string, scope: Scope, build: Build): Promise<Document | undefined> {
      const known = find(key);
      if (known !== undefined) return known;
      const underWay = building.get(key) ?? start(key, nameOf(scope), build);
      if (!underWay.isOutdated) building.set(key, underWay);
      return underWay.result;
    },

    /** A change of a project was committed: its own pages and those of its index are built anew from now on. */
    projectChanged(index: string, project: string): void {
      outdate(nameOf({ index, project }));
      outdate(nameOf({ index }));
    },

    /** Changes may have been missed: everything is built anew. */
    forgetAll(): void {
      for (const scope of [...keysOf.keys(), ...[...building.values()].map((build) => build.scope)]) outdate(scope);
    },

    /** For the status page and for tests. */
    size: () => ({ documents: kept.size, bytes }),
  };
}
