import type { Readable } from "node:stream";
import type { Source } from "../indexes/index.ts";
import type { NormalizedName } from "../packaging-standards/index.ts";

/**
 * The one process of a server that talks to upstreams, as seen from anywhere in it: whoever asks for the same thing at the
 * same time gets the same answer of one request. What it learns it writes to the database and the store before it answers.
 * Every method throws UpstreamUnavailable when the upstream cannot be asked or believed.
 */
export interface Fetcher {
  /** Asks the upstream about a project, unless what is known is still fresh. */
  refreshProject(source: Source, name: NormalizedName): Promise<void>;
  /** Finds the core metadata of a release, so that it stands in `upstream_releases`; false where none can be had. */
  fetchReleaseMetadata(source: Source, name: NormalizedName, version: string): Promise<boolean>;
  /** A file that is not kept here yet. Throws FileGone when the upstream has none. */
  openFile(source: Source, file: ColdFileAddress): Promise<ColdFile>;
  /** Keeps the metadata sibling of a wheel, from the upstream or made from the wheel; false where there is none. */
  fetchMetadataSibling(source: Source, file: ColdFileAddress): Promise<boolean>;
  /** How each upstream does, for the status page. */
  states(): Promise<readonly UpstreamState[]>;
  close(): Promise<void>;
}

/** A row of `upstream_files`: 64 hex digits and the name of the file itself, not of its sibling. */
export interface ColdFileAddress {
  readonly address: string;
  readonly filename: string;
}

/** A file that is being fetched. Its last bytes are held back until the digest was found right. */
export interface ColdFile {
  /** Null until the upstream's last byte where it announces no length. */
  readonly size: number | null;
  /** Bytes from `start` to `end` (exclusive; undefined: to the end), as they arrive. Breaks off when the digest is wrong. */
  read(start: number, end?: number): Readable;
}

export interface UpstreamState {
  /** The name of the mirror index. */
  readonly index: string;
  /** Its origin alone: the path can be a secret, too. */
  readonly url: string;
  /** `closed` is well; `open` means that it is not asked until `retryAt`; `half-open` that one request tries. */
  readonly breaker: "closed" | "open" | "half-open";
  readonly lastSuccessAt: Temporal.Instant | null;
  readonly lastFailureAt: Temporal.Instant | null;
  /** A sentence that is safe to show. */
  readonly lastFailure: string | null;
  readonly retryAt: Temporal.Instant | null;
}
