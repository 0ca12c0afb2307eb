import { InvalidVersion } from "./errors.ts";
import { PYTHON_SPACE } from "./python-space.ts";
import { VERSION_LOCAL, VERSION_START, VERSION_SUFFIXES } from "./version-grammar.ts";

declare const normal: unique symbol;
/** A version in the normal form of PEP 440, as releases are stored and file names spell it (`1.0.0rc1`). */
export type Version = string & { readonly [normal]: true };

declare const canonical: unique symbol;
/** A version in normal form without trailing zeros in its release: the identity of a release (`1rc1`). */
export type CanonicalVersion = string & { readonly [canonical]: true };

/** Versions count without a limit (dates, build numbers): a bigint from 16 digits on, a number below. */
export type Count = number | bigint;

/** The parts of a version (PEP 440, "Version scheme"); missing parts are null. */
export interface ParsedVersion {
  readonly text: Version;
  readonly canonical: CanonicalVersion;
  readonly epoch: Count;
  readonly release: readonly [Count, ...Count[]];
  readonly pre: readonly ["a" | "b" | "rc", Count] | null;
  readonly post: Count | null;
  readonly dev: Count | null;
  /** Numeric parts are numbers, the others lower-case text. */
  readonly local: readonly (Count | string)[] | null;
  /** Has a pre-release or a development part, also `1.0.post1.dev1`. */
  readonly isPrerelease: boolean;
}

/** What the order of versions looks at (PEP 440, "Summary of permitted suffixes and relative ordering"). */
export type VersionParts = Omit<ParsedVersion, "text" | "canonical" | "isPrerelease">;

/** PEP 440 sets none; a file name cannot be longer than 255 bytes, and big-number arithmetic has to stay bounded. */
export const MAX_VERSION_LENGTH = 256;

/** Everything a version may be; what follows it decides whether the text is one. */
const GRAMMAR = `${PYTHON_SPACE}*${VERSION_START}${VERSION_SUFFIXES}${VERSION_LOCAL}?${PYTHON_SPACE}*`;
const WHOLE = new RegExp(`^${GRAMMAR}$`, "i");
const BEGINNING = new RegExp(`^${GRAMMAR}`, "i");
const PLAIN = /^(?:0|[1-9][0-9]{0,14})(?:\.(?:0|[1-9][0-9]{0,14}))*$/;

/** Reads a version (PEP 440, appendix B), surrounding whitespace allowed. Throws InvalidVersion. */
export function parseVersion(text: string): ParsedVersion {
  const version = findVersion(text);
  if (version) return version;
  if (text.length > MAX_VERSION_LENGTH) {
    throw new InvalidVersion(text, MAX_VERSION_LENGTH, `longer than ${MAX_VERSION_LENGTH} characters`);
  }
  const at = BEGINNING.exec(text)?.[0].length ?? 0;
  throw new InvalidVersion(text, at, at === 0 ? "expected a number" : "unexpected text");
}

/** The parts of a PEP 440 version, or undefined when the text is none. */
export function findVersion(text: string): ParsedVersion | undefined {
  if (text.length > MAX_VERSION_LENGTH) return undefined;
  if (PLAIN.test(text)) return plainVersion(text);
  const match = WHOLE.exec(text);
  if (!match) return undefined;
  const [, epoch, release, pre, preNumber, implicitPost, post, postNumber, dev, devNumber, local] = match;
  return assemble({
    epoch: count(epoch),
    release: counts(release ?? ""),
    pre: pre === undefined ? null : [prePhase(pre), count(preNumber)],
    post: implicitPost === undefined && post === undefined ? null : count(implicitPost ?? postNumber),
    dev: dev === undefined ? null : count(devNumber),
    local: local === undefined ? null : local.toLowerCase().split(/[-_.]/).map(localPart),
  });
}

/** Whether a text is a PEP 440 version. */
export function isVersion(text: string): boolean {
  return findVersion(text) !== undefined;
}

/** The normal form of a version (PEP 440, "Normalization"). Throws InvalidVersion. */
export function normalizeVersion(text: string): Version {
  return parseVersion(text).text;
}

/** The form that identifies a release: `1.0` and `1.0.0` are one (PEP 440 with trailing zeros removed). Throws InvalidVersion. */
export function canonicalizeVersion(text: string): CanonicalVersion {
  return parseVersion(text).canonical;
}

/** The release numbers without trailing zeros, at least one. */
function withoutTrailingZeros(release: readonly Count[]): readonly Count[] {
  let length = release.length;
  while (length > 1 && release[length - 1] === 0) length--;
  return release.slice(0, length);
}

function assemble(parts: VersionParts): ParsedVersion {
  return {
    ...parts,
    text: printVersion(parts, parts.release) as Version,
    canonical: printVersion(parts, withoutTrailingZeros(parts.release)) as CanonicalVersion,
    isPrerelease: parts.pre !== null || parts.dev !== null,
  };
}

/** Nine in ten versions are numbers and dots in normal form already. */
function plainVersion(text: string): ParsedVersion {
  return {
    epoch: 0,
    release: text.split(".").map(Number) as [number, ...number[]],
    pre: null,
    post: null,
    dev: null,
    local: null,
    text: text as Version,
    canonical: (text.endsWith(".0") ? text.replace(/(?:\.0)+$/, "") : text) as CanonicalVersion,
    isPrerelease: false,
  };
}

function printVersion({ epoch, pre, post, dev, local }: VersionParts, release: readonly Count[]): string {
  return [
    epoch === 0 ? "" : `${epoch}!`,
    release.join("."),
    pre === null ? "" : pre.join(""),
    post === null ? "" : `.post${post}`,
    dev === null ? "" : `.dev${dev}`,
    local === null ? "" : `+${local.join(".")}`,
  ].join("");
}

function prePhase(spelling: string): "a" | "b" | "rc" {
  const first = spelling[0]?.toLowerCase();
  return first === "a" || first === "b" ? first : "rc";
}

function counts(dotted: string): [Count, ...Count[]] {
  return dotted.split(".").map(count) as [Count, ...Count[]];
}

/** A number that is not written counts as 0 (PEP 440, "Implicit pre-release number"). */
function count(digits: string | undefined): Count {
  if (digits === undefined) return 0;
  if (digits.length <= 15) return Number(digits);
  const value = BigInt(digits);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function localPart(part: string): Count | string {
  return /^[0-9]+$/.test(part) ? count(part) : part;
}
