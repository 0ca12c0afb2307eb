import type { Index, ReleaseMetadata } from "../indexes/index.ts";
import type { Statement } from "../platform/db/statement.ts";

/** Whoever uploads: a person, or later a publisher. */
export interface Uploader {
  readonly id: string;
  readonly username: string;
}

/** Digests of bytes that are already durable in the store, lower-case hex. */
export interface StoredBytes {
  readonly blake2b: string;
  readonly sha256: string;
  readonly md5: string;
  readonly size: number;
}

export interface Publication {
  readonly index: Index;
  readonly uploader: Uploader;
  /** As the metadata spells it; the project takes over this spelling. */
  readonly displayName: string;
  /** PEP 440 normal form. */
  readonly version: string;
  readonly metadata: ReleaseMetadata;
  readonly metadataReceived: Readonly<Record<string, readonly string[]>>;
  readonly file: StoredBytes & {
    readonly filename: string;
    readonly packagetype: "sdist" | "bdist_wheel";
    readonly pythonVersion: string;
    readonly comment: string | null;
  };
  /** The PEP 658 sibling, null where the archive has none. */
  readonly metadataFile: StoredBytes | null;
  /** The uploader's User-Agent. */
  readonly uploadedVia: string | null;
  /** Run in the same transaction if this publication makes the project. */
  readonly whenNew?: readonly Statement[] | undefined;
}

/** The rules of an installation that decide here (design: relaxed and strict presets). */
export interface PublishRules {
  readonly nameSimilarity: boolean;
  /** Days a release takes new files; undefined for ever. */
  readonly uploadWindowDays: number | undefined;
}
