import { compareParsedVersions } from "./compare-versions.ts";
import type { Specifier, SpecifierSet } from "./specifier.ts";
import { type Count, findVersion, type ParsedVersion, type VersionParts } from "./version.ts";

/**
 * What to do with pre-releases: take them or leave them out. By default a filter leaves them out unless a specifier
 * names one or nothing else matches, and a single version is taken whatever it is (PEP 440, "Handling of pre-releases").
 */
export interface PrereleaseRule {
  readonly prereleases?: boolean;
}

/**
 * Whether a version satisfies every member of a set (PEP 440, "Version specifiers"). What is no PEP 440 version satisfies
 * only `===` and the empty set.
 */
export function matchesSpecifiers(set: SpecifierSet, text: string, { prereleases }: PrereleaseRule = {}): boolean {
  const version = findVersion(text);
  if (prereleases === false && version?.isPrerelease) return false;
  return set.specifiers.every((specifier) => holds(specifier, text, version));
}

/** The versions of a list that satisfy a set, in the list's order; see PrereleaseRule for pre-releases (PEP 440). */
export function filterVersions(
  set: SpecifierSet,
  versions: readonly string[],
  { prereleases = namesPrerelease(set) ? true : undefined }: { readonly prereleases?: boolean | undefined } = {},
): string[] {
  const matching = versions.filter((version) => matchesSpecifiers(set, version));
  if (prereleases === true) return matching;
  const parsed = matching.map((version) => findVersion(version));
  // What is no version at all is neither final nor a pre-release.
  const hasFinal = parsed.some((version) => version?.isPrerelease === false);
  if (prereleases === undefined && !hasFinal) return matching;
  return matching.filter((_, position) => !parsed[position]?.isPrerelease);
}

function namesPrerelease(set: SpecifierSet): boolean {
  return set.specifiers.some(({ operator, literal, version }) => {
    if (operator === "!=") return false;
    return (version ?? findVersion(literal))?.isPrerelease ?? false;
  });
}

function holds(specifier: Specifier, text: string, candidate: ParsedVersion | undefined): boolean {
  const { operator, version: bound, isPrefix } = specifier;
  if (operator === "===") return text.toLowerCase() === specifier.literal.toLowerCase();
  if (!candidate || !bound) return false;
  switch (operator) {
    case "==":
      return isPrefix ? beginsWith(candidate, bound, bound.release) : equals(candidate, bound);
    case "!=":
      return !(isPrefix ? beginsWith(candidate, bound, bound.release) : equals(candidate, bound));
    case "~=":
      return atLeast(candidate, bound) && beginsWith(candidate, bound, bound.release.slice(0, -1));
    case "<=":
      return compareParsedVersions(withoutLocal(candidate), bound) <= 0;
    case ">=":
      return atLeast(candidate, bound);
    case "<":
      return isBelow(candidate, bound);
    case ">":
      return isAbove(candidate, bound);
  }
}

function equals(candidate: ParsedVersion, bound: ParsedVersion): boolean {
  return compareParsedVersions(bound.local ? candidate : withoutLocal(candidate), bound) === 0;
}

function atLeast(candidate: ParsedVersion, bound: ParsedVersion): boolean {
  return compareParsedVersions(withoutLocal(candidate), bound) >= 0;
}

/** `<2` leaves out the pre-releases of 2 although they sort below it; `<2.post1` only those of that post-release. */
function isBelow(candidate: ParsedVersion, bound: ParsedVersion): boolean {
  if (compareParsedVersions(candidate, bound) >= 0) return false;
  if (bound.isPrerelease || !candidate.isPrerelease) return true;
  return compareParsedVersions(candidate, { ...bound, dev: 0 }) < 0;
}

/** `>2` leaves out the post-releases and local builds of 2 although they sort above it. */
function isAbove(candidate: ParsedVersion, bound: ParsedVersion): boolean {
  if (compareParsedVersions(candidate, bound) <= 0) return false;
  if (candidate.local !== null && equals(candidate, bound)) return false;
  if (bound.post !== null || candidate.post === null) return true;
  return compareParsedVersions({ ...candidate, post: null, dev: null, local: null }, bound) !== 0;
}

/** Epoch and release numbers, missing ones counting as zero: `2` begins with `2.0`. */
function beginsWith(candidate: ParsedVersion, bound: ParsedVersion, prefix: readonly Count[]): boolean {
  return candidate.epoch === bound.epoch && prefix.every((count, index) => (candidate.release[index] ?? 0) === count);
}

function withoutLocal(version: VersionParts): VersionParts {
  return { ...version, local: null };
}
