import type { ProjectStatus } from "../indexes/index.ts";

/** A project's page as its upstream describes it, whatever form it came in (PEP 503 or 691, any version of either). */
export interface UpstreamPage {
  /** As the upstream spells it; the normalised name where it does not say. */
  readonly displayName: string;
  /** Of the upstream's own journal; null where it has none. */
  readonly serial: number | null;
  readonly status: ProjectStatus;
  readonly statusReason: string | null;
  readonly files: readonly ListedFile[];
}

/** A file as an upstream lists it. What it does not say is null. */
export interface ListedFile {
  readonly filename: string;
  /** Absolute, http or https, without fragment. */
  readonly url: string;
  /** By algorithm in lower case; lower-case hex of the right length. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly size: number | null;
  /** UTC with microseconds, `2026-01-02T03:04:05.000600Z`. */
  readonly uploadedAt: string | null;
  readonly requiresPython: string | null;
  readonly isYanked: boolean;
  readonly yankedReason: string;
  readonly hasMetadata: boolean;
  readonly metadataSha256: string | null;
  readonly provenance: string | null;
}
