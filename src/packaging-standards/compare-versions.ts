import { LegacyVersion } from "./legacy-version.ts";
import { type Count, findVersion, type ParsedVersion, type VersionParts } from "./version.ts";

/**
 * Orders any two version texts, lowest first: PEP 440 versions by PEP 440, and below all of them, by the historic order,
 * the texts that are no PEP 440 version (only imported history has them). Zero for versions that are equal (`1.0`, `1`).
 */
export function compareVersions(a: string, b: string): number {
  return compareKeys(orderKey(a), orderKey(b));
}

/** PEP 440's order ("Summary of permitted suffixes and relative ordering"), lowest first. */
export function compareParsedVersions(a: VersionParts, b: VersionParts): number {
  return (
    compare(a.epoch, b.epoch) ||
    compareRelease(a.release, b.release) ||
    compare(phase(a), phase(b)) ||
    compare(a.pre?.[1] ?? 0, b.pre?.[1] ?? 0) ||
    compare(a.post ?? -1, b.post ?? -1) ||
    compareDev(a.dev, b.dev) ||
    compareLocal(a.local, b.local)
  );
}

/** A copy in the order of `compareVersions`, lowest version first, each text parsed once; equal versions keep their order. */
export function sortVersions<T>(items: readonly T[], versionOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, key: orderKey(versionOf(item)) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ item }) => item);
}

type OrderKey = ParsedVersion | LegacyVersion;

function orderKey(text: string): OrderKey {
  return findVersion(text) ?? new LegacyVersion(text);
}

function compareKeys(a: OrderKey, b: OrderKey): number {
  if (a instanceof LegacyVersion) return b instanceof LegacyVersion ? a.compare(b) : -1;
  return b instanceof LegacyVersion ? 1 : compareParsedVersions(a, b);
}

/** A development release of nothing else comes before the alphas; a final or post release after the candidates. */
function phase({ pre, post, dev }: VersionParts): number {
  if (pre) return pre[0] === "a" ? 1 : pre[0] === "b" ? 2 : 3;
  return post === null && dev !== null ? 0 : 4;
}

/** Missing numbers count as zeros. Sorting spends its time here, so nothing is allocated. */
function compareRelease(a: readonly Count[], b: readonly Count[]): number {
  const longest = Math.max(a.length, b.length);
  for (let index = 0; index < longest; index++) {
    const order = compare(a[index] ?? 0, b[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function compareDev(a: Count | null, b: Count | null): number {
  if (a === null || b === null) return compare(a === null ? 1 : 0, b === null ? 1 : 0);
  return compare(a, b);
}

function compareLocal(a: ParsedVersion["local"], b: ParsedVersion["local"]): number {
  if (a === null || b === null) return compare(a === null ? 0 : 1, b === null ? 0 : 1);
  return compareLists(a, b, (left, right) => {
    if (typeof left === "string") return typeof right === "string" ? compare(left, right) : -1;
    return typeof right === "string" ? 1 : compare(left, right);
  });
}

function compareLists<T>(a: readonly T[], b: readonly T[], compareItems: (left: T, right: T) => number): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const order = compareItems(a[index] as T, b[index] as T);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Works for a number beside a bigint, which a subtraction would not. */
function compare<T extends Count | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
