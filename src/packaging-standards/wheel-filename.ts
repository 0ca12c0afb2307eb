import { InvalidWheelFilename } from "./errors.ts";
import { type NormalizedName, normalizeName } from "./names.ts";
import { pythonRepr } from "./python-repr.ts";
import { type CanonicalVersion, findVersion, type Version } from "./version.ts";

/** What the name of a wheel says (PEP 427, PEP 425). */
export interface WheelFilename {
  readonly filename: string;
  /** The first two parts as spelled: the wheel's own folders inside the archive are `{distribution}-{versionText}.…`. */
  readonly distribution: string;
  readonly versionText: string;
  readonly name: NormalizedName;
  readonly version: Version;
  readonly canonicalVersion: CanonicalVersion;
  /** Digits and whatever follows them; null in nearly every wheel. */
  readonly build: string | null;
  /** The three compressed tag sets, lower-case, in the order of the name. */
  readonly pythons: readonly string[];
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

/** PEP 425 sets no limit, and real names have ten at most; a wheel stands for the product of its three sets. */
const MAX_TAGS = 64;

/** Reads `name-version(-build)?-python-abi-platform.whl`. Throws InvalidWheelFilename with the reference's message. */
export function parseWheelFilename(filename: string): WheelFilename {
  if (!filename.endsWith(".whl")) fail("Invalid wheel filename (extension must be '.whl'): ", filename, filename);
  const stem = filename.slice(0, -".whl".length);
  const parts = stem.split("-");
  if (parts.length !== 5 && parts.length !== 6) {
    fail("Invalid wheel filename (wrong number of parts): ", stem, filename);
  }
  const [distribution = "", versionText = "", ...rest] = parts;
  const build = rest.length === 4 ? (rest.shift() ?? "") : null;
  const [pythons = "", abis = "", platforms = ""] = rest;
  if (!/^[A-Za-z0-9_.]+$/.test(distribution) || distribution.includes("__")) {
    fail("Invalid project name: ", stem, filename);
  }
  const version = findVersion(versionText);
  if (!version) fail("Invalid wheel filename (invalid version): ", stem, filename, distribution.length + 1);
  const buildAt = distribution.length + 1 + versionText.length + 1;
  if (build !== null && !/^[0-9]/.test(build)) fail(`Invalid build number: ${build} in `, stem, filename, buildAt);
  const platformAt = stem.length - platforms.length;
  const abiAt = platformAt - 1 - abis.length;
  return {
    filename,
    distribution,
    versionText,
    name: normalizeName(distribution),
    version: version.text,
    canonicalVersion: version.canonical,
    build,
    pythons: tagSet(pythons, stem, filename, abiAt - 1 - pythons.length),
    abis: tagSet(abis, stem, filename, abiAt),
    platforms: tagSet(platforms, stem, filename, platformAt),
  };
}

/** Every `python-abi-platform` the wheel declares: the product of its three sets (PEP 425, "Compressed Tag Sets"). */
export function wheelTags(wheel: Pick<WheelFilename, "pythons" | "abis" | "platforms">): string[] {
  return wheel.pythons.flatMap((python) =>
    wheel.abis.flatMap((abi) => wheel.platforms.map((platform) => `${python}-${abi}-${platform}`)),
  );
}

function tagSet(compressed: string, stem: string, filename: string, at: number): readonly string[] {
  const tags = compressed.toLowerCase().split(".");
  if (tags.includes("")) fail("Invalid wheel filename (empty tag): ", stem, filename, at);
  if (tags.length > MAX_TAGS) fail("Invalid wheel filename (too many tags): ", stem, filename, at);
  return [...new Set(tags)];
}

function fail(reason: string, shown: string, filename: string, at = 0): never {
  throw new InvalidWheelFilename(reason + pythonRepr(shown), filename, at);
}
