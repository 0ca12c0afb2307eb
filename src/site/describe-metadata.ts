import type { ReleaseMetadata } from "../indexes/index.ts";
import { safeHref } from "../web/index.ts";

export interface ProjectLink {
  readonly label: string;
  /** Already safe. */
  readonly href: string;
  /** Whom the link leads to, which a label may not say. */
  readonly host: string;
}

/** Addresses that a release declares, home page first, each once; what is no web address is left out. */
export function projectLinks(metadata: ReleaseMetadata): readonly ProjectLink[] {
  const declared: readonly (readonly [string, string | null])[] = [
    ["Home page", metadata.homePage],
    ...metadata.projectUrls,
    ["Download", metadata.downloadUrl],
  ];
  const links = new Map<string, ProjectLink>();
  for (const [label, url] of declared) {
    const href = url === null ? undefined : safeHref(url);
    if (href === undefined || links.has(href)) continue;
    const { host, pathname } = new URL(href);
    links.set(href, { label, href, host: host === "" ? pathname : host });
  }
  return [...links.values()];
}

/** The SPDX expression (PEP 639), else what classifiers and the first line of the free text say. */
export function licenceText({ licenseExpression, license, classifiers }: ReleaseMetadata): string | undefined {
  if (licenseExpression) return licenseExpression;
  const classified = classifiers
    .filter((classifier) => classifier.startsWith("License ::"))
    .map((classifier) => classifier.split(" :: ").at(-1));
  const [firstLine = ""] = (license ?? "").trim().split(/\r?\n/);
  const free = firstLine.length > 100 ? `${firstLine.slice(0, 100).toWellFormed()}…` : firstLine;
  if (classified.length === 0) return free || undefined;
  return free ? `${classified.join(", ")} (${free})` : classified.join(", ");
}

export interface Person {
  readonly name: string;
  /** Already safe. */
  readonly mailto: string | undefined;
}

/** Authors, or maintainers, from the two fields of core metadata; the address field may hold `Ada <ada@example.org>, …`. */
export function people(names: string | null, addresses: string | null): readonly Person[] {
  const written = (addresses ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map(person);
  const [only] = written;
  // One name in one field and its address in the other are one person.
  if (names && written.length === 1 && only?.mailto === safeHref(`mailto:${only?.name}`)) {
    return [{ name: names, mailto: only?.mailto }];
  }
  return names && written.every(({ name }) => name !== names)
    ? [{ name: names, mailto: undefined }, ...written]
    : written;
}

/** `Ada <ada@example.org>`, quoted or not, or an address alone; what is no address stays text. */
function person(entry: string): Person {
  const open = entry.endsWith(">") ? entry.lastIndexOf("<") : -1;
  const address = open === -1 ? entry : entry.slice(open + 1, -1);
  const name = open === -1 ? "" : entry.slice(0, open).replaceAll('"', "").trim();
  return {
    name: name || address,
    mailto: /^[^\s@]+@[^\s@]+$/.test(address) ? safeHref(`mailto:${address}`) : undefined,
  };
}

/** More than a page would show of them; imported history has no limit of its own. */
const KEYWORDS_LENGTH = 2000;

/** Keywords, split as their author meant it: at commas, else semicolons, else spaces. */
export function keywordList(keywords: string | null): readonly string[] {
  const text = (keywords ?? "").slice(0, KEYWORDS_LENGTH).toWellFormed();
  const separator = text.includes(",") ? "," : text.includes(";") ? ";" : /\s+/;
  return text
    .split(separator)
    .map((keyword) => keyword.trim().replace(/^["']+|["']+$/g, ""))
    .filter((keyword) => keyword !== "");
}

/** Classifiers by their first part, in the order in which they first come. */
export function groupClassifiers(classifiers: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>();
  for (const classifier of classifiers) {
    const [group = "", ...rest] = classifier.split(" :: ");
    const texts = groups.get(group) ?? [];
    texts.push(rest.join(" › ") || group);
    groups.set(group, texts);
  }
  return [...groups];
}
