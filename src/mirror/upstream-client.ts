import type { ReleaseMetadata } from "../indexes/index.ts";
import type { NormalizedName } from "../packaging-standards/index.ts";
import type { UpstreamPage } from "./upstream-page.ts";

/** What the last believed answer said of itself, for a conditional request. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** A believable answer about a project. */
export type PageAnswer =
  | { readonly kind: "page"; readonly page: UpstreamPage; readonly validators: Validators }
  | { readonly kind: "unchanged" }
  /** The upstream says that it has no such project. */
  | { readonly kind: "absent" };

/** The bytes of a file as they arrive. */
export interface IncomingFile {
  /** Of the whole file, as the upstream announced it; null where it did not. */
  readonly size: number | null;
  /** Ends with an error when fewer bytes come than were announced. To be read to its end or destroyed. */
  readonly body: AsyncIterable<Buffer> & { destroy(error?: Error): void };
}

/**
 * One upstream, asked over HTTP. Every method throws UpstreamTrouble when the upstream is down, slow, refuses, or answers
 * with something that cannot be what was asked for; never does trouble look like absence.
 */
export interface UpstreamClient {
  getPage(name: NormalizedName, known: Validators): Promise<PageAnswer>;
  /** From the upstream's JSON API; undefined where it has none, or not this release. */
  getReleaseMetadata(name: NormalizedName, version: string): Promise<ReleaseMetadata | undefined>;
  /** Throws FileGone when the upstream says that it has no such file. */
  openFile(url: string): Promise<IncomingFile>;
  /** A small file whole, such as a metadata sibling: at most `limit` bytes. Throws FileGone. */
  getSmallFile(url: string, limit: number): Promise<Buffer>;
  /** Bytes `offset` to `offset + length`, fewer at the end; undefined where the upstream serves no ranges. */
  readRange(
    url: string,
    offset: number,
    length: number,
  ): Promise<{ readonly bytes: Buffer; readonly size: number } | undefined>;
  close(): Promise<void>;
}
