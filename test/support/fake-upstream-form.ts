import { createHash } from "node:crypto";
import type { Distribution } from "./distributions.ts";

/** In which form the fake upstream answers; any of it may change while it runs. */
export interface Form {
  /** `json` where the client prefers it, else as `html`; `html` has every attribute, `bare-html` only links. */
  page: "json" | "html" | "bare-html";
  /** Keys that a later version brought are left out (PEP 691, 700, 708, 740, 792). */
  apiVersion: "1.0" | "1.1" | "1.2" | "1.3" | "1.4";
  /** `_last-serial` of a JSON page. */
  serial: "number" | "string" | "none";
  /** `X-PyPI-Last-Serial`. */
  serialHeader: boolean;
  /** Conditional requests are answered by these. */
  etag: boolean;
  lastModified: boolean;
  /** What a page says of metadata siblings (PEP 714). */
  coreMetadata: "digest" | "true" | "none";
  /** The siblings are there. */
  metadataFiles: boolean;
  ranges: boolean;
  /** The digest in a page. */
  hash: "sha256" | "md5" | "none";
  /** File addresses in a page. */
  urls: "absolute" | "path" | "relative";
  /** Files lie where the reference keeps them, or in a flat folder. */
  filePaths: "digest" | "flat";
  fileHost: "same" | "other";
  gzip: boolean;
  /** Status of the redirect from other spellings of a name. */
  redirect: 301 | 308;
  /** `/pypi/{name}/{version}/json` */
  releaseJson: boolean;
}

export const DEFAULT_FORM: Form = {
  page: "json",
  apiVersion: "1.4",
  serial: "number",
  serialHeader: true,
  etag: true,
  lastModified: false,
  coreMetadata: "digest",
  metadataFiles: true,
  ranges: true,
  hash: "sha256",
  urls: "absolute",
  filePaths: "digest",
  fileHost: "same",
  gzip: false,
  redirect: 301,
  releaseJson: true,
};

/** A file as it is listed. */
export interface Publication {
  readonly distribution: Distribution;
  readonly uploadedAt: string;
  /** True, or a reason. */
  readonly yanked: boolean | string;
  readonly requiresPython: string | null;
  readonly provenance: string | null;
}

export interface FakeProject {
  readonly name: string;
  readonly serial: number;
  readonly files: readonly Publication[];
  readonly status?: "active" | "archived" | "quarantined" | "deprecated";
  readonly statusReason?: string;
}

export function publication(distribution: Distribution, how: Partial<Omit<Publication, "distribution">>): Publication {
  const requires = /^Requires-Python: (.*)$/m.exec(distribution.metadata)?.[1] ?? null;
  const uploadedAt = "2020-01-02T03:04:05.000600Z";
  return { distribution, uploadedAt, yanked: false, requiresPython: requires, provenance: null, ...how };
}

/** The path of a file: 64 hex digits that are not its SHA-256, as at the reference. */
export function fileAt({ distribution }: Publication, form: Form): string {
  const filename = encodeURIComponent(distribution.filename);
  if (form.filePaths === "flat") return `/files/${filename}`;
  const hex = createHash("sha256").update(`address of ${distribution.sha256}`).digest("hex");
  return `/packages/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}/${filename}`;
}
