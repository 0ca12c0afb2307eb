import { createDocument, type Document, type Representation } from "./document.ts";

/**
 * What a document is about: a project in each of these sources, or (without one) something that every project of them may
 * change. A source is told by the id of the index whose rows it is.
 */
export interface Scope {
  readonly sources: readonly string[];
  readonly project?: string;
}

/** Builds a page from rows that are read after it was called; undefined when there is no such page. */
export type Build = () => Promise<Representation | undefined>;

export interface DocumentsDeps {
  /** Bytes of memory. */
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type Documents = ReturnType<typeof createDocuments>;

interface Kept {
  readonly document: Document;
  readonly scopes: readonly string[];
  /** Milliseconds since 1970. */
  freshUntil: number;
}

interface Building {
  readonly scopes: readonly string[];
  readonly result: Promise<Document | undefined>;
  /** Set when a change was heard of since it began: it may answer who waits, but is not kept. */
  isOutdated: boolean;
}

/** How long an expired page goes on answering after it could not be built anew, before that is tried again. Milliseconds. */
const GRACE = 2000;

/**
 * Pages kept in memory until something they say changes, or until they are not fresh any more. Whoever commits a change says so to
 * every process before anyone is told of it, and the database says it too (trigger `journal_moves_serials`), so that no
 * change is lost with the process that made it. The least recently used ones go when `maxBytes` is passed.
 */
export function createDocuments({ maxBytes, now }: DocumentsDeps) {
  const kept = new Map<string, Kept>();
  const keysOf = new Map<string, Set<string>>();
  const building = new Map<string, Building>();
  let bytes = 0;

  function drop(key: string): void {
    const entry = kept.get(key);
    if (entry === undefined) return;
    kept.delete(key);
    bytes -= entry.document.bytes;
    for (const scope of entry.scopes) {
      const keys = keysOf.get(scope);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(scope);
    }
  }

  function keep(key: string, scopes: readonly string[], document: Document): void {
    drop(key);
    if (document.bytes > maxBytes) return;
    kept.set(key, { document, scopes, freshUntil: document.freshUntil });
    for (const scope of scopes) {
      const keys = keysOf.get(scope);
      if (keys === undefined) keysOf.set(scope, new Set([key]));
      else keys.add(key);
    }
    bytes += document.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) break;
      drop(oldest);
    }
  }

  /** Forgets what is kept, and what is being built, about one thing. */
  function outdate(scope: string): void {
    for (const key of [...(keysOf.get(scope) ?? [])]) drop(key);
    for (const [key, build] of building) {
      if (!build.scopes.includes(scope)) continue;
      build.isOutdated = true;
      building.delete(key);
    }
  }

  function find(key: string): Document | undefined {
    const entry = kept.get(key);
    if (entry === undefined) return undefined;
    // Most pages never expire, and a look at the clock is a good part of what a hit costs.
    if (entry.freshUntil !== Number.POSITIVE_INFINITY && entry.freshUntil <= now()) return undefined;
    // Last in the map is most recently used.
    kept.delete(key);
    kept.set(key, entry);
    return entry.document;
  }

  function start(key: string, scopes: readonly string[], build: Build): Building {
    const underWay: Building = { scopes, isOutdated: false, result: run() };
    return underWay;

    async function run(): Promise<Document | undefined> {
      try {
        const representation = await build();
        // What has gone is not brought back by a later build that fails.
        if (representation === undefined && !underWay.isOutdated) drop(key);
        if (representation === undefined) return undefined;
        const document = createDocument(representation);
        if (!underWay.isOutdated) keep(key, scopes, document);
        return document;
      } catch (error) {
        const expired = underWay.isOutdated ? undefined : kept.get(key);
        if (expired === undefined) throw error;
        expired.freshUntil = now() + GRACE;
        return expired.document;
      } finally {
        if (building.get(key) === underWay) building.delete(key);
      }
    }
  }

  return {
    /** The document if it is in memory and fresh. A hit does no SQL, rendering, hashing or compression. */
    find,

    /**
     * The document of `key`, built if need be; whoever asks while it is being built waits for that one build. When a build fails,
     * the document goes on answering that was known before and has only expired.
     */
    async get(key: string, scope: Scope, build: Build): Promise<Document | undefined> {
      const known = find(key);
      if (known !== undefined) return known;
      const underWay = building.get(key) ?? start(key, namesOf(scope), build);
      if (!underWay.isOutdated) building.set(key, underWay);
      return underWay.result;
    },

    /** A change of a project was committed: its own pages and those of all projects are built anew from now on, wherever it shows. */
    projectChanged(source: string, project: string): void {
      outdate(nameOf(source, project));
      outdate(nameOf(source));
    },

    /** Changes may have been missed: everything is built anew. */
    forgetAll(): void {
      for (const key of [...kept.keys()]) drop(key);
      for (const build of building.values()) build.isOutdated = true;
      building.clear();
    },

    /** For the status page and for tests. */
    size: () => ({ documents: kept.size, bytes }),
  };
}

const nameOf = (source: string, project?: string) => (project === undefined ? source : `${source} ${project}`);
const namesOf = ({ sources, project }: Scope) => sources.map((source) => nameOf(source, project));
