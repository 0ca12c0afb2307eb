import { InvalidSdistFilename } from "./errors.ts";
import { type NormalizedName, nameInFilename, normalizeName } from "./names.ts";
import { pythonRepr } from "./python-repr.ts";
import { type CanonicalVersion, findVersion, type Version } from "./version.ts";

/** What the name of a source distribution says (PEP 625). */
export interface SdistFilename {
  readonly filename: string;
  /** The name as spelled, before the hyphen that ends it. */
  readonly distribution: string;
  readonly versionText: string;
  readonly name: NormalizedName;
  readonly version: Version;
  readonly canonicalVersion: CanonicalVersion;
  readonly extension: ".tar.gz" | ".zip";
}

/**
 * Reads `name-version.tar.gz` (or `.zip`, historic), split at the last hyphen. Throws InvalidSdistFilename.
 * `hyphen: "second-last"` reads the older spelling of a post-release, `foo-1.0-1.tar.gz`, whose version has a hyphen.
 */
export function parseSdistFilename(filename: string, hyphen: "last" | "second-last" = "last"): SdistFilename {
  const extension = filename.endsWith(".tar.gz") ? ".tar.gz" : filename.endsWith(".zip") ? ".zip" : undefined;
  if (!extension) {
    fail("Invalid sdist filename (extension must be '.tar.gz' or '.zip'): ", filename, 0);
  }
  const stem = filename.slice(0, -extension.length);
  const last = stem.lastIndexOf("-");
  const split = hyphen === "last" ? last : stem.lastIndexOf("-", last - 1);
  if (split <= 0) fail("Invalid sdist filename: ", filename, 0);
  const versionText = stem.slice(split + 1);
  const version = findVersion(versionText);
  if (!version) fail("Invalid sdist filename (invalid version): ", filename, split + 1);
  const distribution = stem.slice(0, split);
  return {
    filename,
    distribution,
    versionText,
    name: normalizeName(distribution),
    version: version.text,
    canonicalVersion: version.canonical,
    extension,
  };
}

/** The one name that PEP 625 allows for a project's source distribution. */
export function sdistFilename(name: NormalizedName, version: Version): string {
  return `${nameInFilename(name)}-${version}.tar.gz`;
}

function fail(reason: string, filename: string, at: number): never {
  throw new InvalidSdistFilename(reason + pythonRepr(filename), filename, at);
}
