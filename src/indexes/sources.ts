import type { NormalizedName } from "../packaging-standards/index.ts";
import type { ProjectPage, ReleaseMetadata } from "./project-page.ts";

/**
 * Where projects of an index come from: uploads to it, or an upstream. A hosted index and a mirror have one source, themselves; a
 * union has those of its members in order, and itself among them when it holds projects of its own.
 */
export interface Source {
  /** Of the index whose rows these are. */
  readonly id: string;
  readonly name: string;
  readonly kind: "hosted" | "mirror";
}

/** A line of the list of all projects. */
export interface ProjectLine {
  readonly name: string;
  readonly normalizedName: string;
  readonly serial: number;
}

/** A page, and how long it may be shown before its source is asked again. */
export interface SourcedPage {
  readonly page: ProjectPage;
  /** Absent where a change is always told. */
  readonly freshness?: Freshness | undefined;
}

export interface Freshness {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Set while the upstream cannot be asked and the page is older than it should be. */
  readonly stale?:
    | { /** Seconds since the upstream last confirmed it. */ readonly age: number; readonly reason: string }
    | undefined;
}

/** What one kind of source answers. The rooms `projects` (hosted) and `mirror` contribute one each. */
export interface ProjectSource {
  /** Throws UpstreamUnavailable (503) where it is not known whether there is such a project. */
  readPage(source: Source, name: NormalizedName): Promise<SourcedPage | undefined>;
  /** Core metadata of one release of the page; undefined where none can be had. */
  readMetadata(source: Source, name: NormalizedName, version: string): Promise<ReleaseMetadata | undefined>;
  /**
   * The projects that can be listed, by normalised name, byte by byte: quarantined ones are left out, and of an upstream only those
   * are known that were found through it.
   */
  listLines(source: Source): Promise<readonly ProjectLine[]>;
}

/** The hosted index that a name belongs to. */
export interface Keeper {
  readonly id: string;
}

/** Uploads to indexes of this server. They also say which names are theirs. */
export interface HostedSource extends ProjectSource {
  /**
   * The first of these hosted indexes that keeps a name for itself: it has, or ever had, a project of that name, or claims it. One
   * statement.
   */
  findKeeper(indexIds: readonly string[], name: NormalizedName): Promise<Keeper | undefined>;
  /** Those of these names that any of these hosted indexes keeps. */
  listKept(indexIds: readonly string[], names: readonly string[]): Promise<ReadonlySet<string>>;
}
