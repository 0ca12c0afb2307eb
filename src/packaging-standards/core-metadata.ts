import type { NormalizedName } from "./names.ts";
import type { CanonicalVersion, Version } from "./version.ts";

/**
 * The metadata of a release as an index keeps and serves it: valid and in normal form (core metadata 1.0–2.5). Plain
 * JSON. A field that was not sent is null or an empty list; description is "".
 */
export interface CoreMetadata {
  readonly metadataVersion: string;
  /** As typed. */
  readonly name: string;
  readonly normalizedName: NormalizedName;
  readonly version: Version;
  readonly canonicalVersion: CanonicalVersion;
  readonly isPrerelease: boolean;
  readonly summary: string | null;
  readonly description: string;
  readonly descriptionContentType: string | null;
  /** Joined by `, `. */
  readonly keywords: string | null;
  readonly homePage: string | null;
  readonly downloadUrl: string | null;
  /** Label and address, in order of label. */
  readonly projectUrls: readonly (readonly [label: string, url: string])[];
  readonly author: string | null;
  readonly authorEmail: string | null;
  readonly maintainer: string | null;
  readonly maintainerEmail: string | null;
  readonly license: string | null;
  /** Canonical (PEP 639). */
  readonly licenseExpression: string | null;
  readonly licenseFiles: readonly string[];
  readonly classifiers: readonly string[];
  /** The first of the platforms, the one that is shown. */
  readonly platform: string | null;
  readonly platforms: readonly string[];
  readonly supportedPlatforms: readonly string[];
  /** Sorted and without spaces (PEP 440). */
  readonly requiresPython: string | null;
  /** In printed form (PEP 508), in the order sent. */
  readonly requiresDist: readonly string[];
  readonly providesDist: readonly string[];
  readonly obsoletesDist: readonly string[];
  readonly requiresExternal: readonly string[];
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  readonly obsoletes: readonly string[];
  readonly providesExtra: readonly NormalizedName[];
  /** Names of fields, each word capitalised. */
  readonly dynamic: readonly string[];
  readonly importNames: readonly string[];
  readonly importNamespaces: readonly string[];
}
