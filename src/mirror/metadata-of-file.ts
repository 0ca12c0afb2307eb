import type { ReleaseMetadata } from "../indexes/index.ts";
import {
  canonicalizeLicenseExpression,
  inListOrder,
  normalizeName,
  normalizeRequirement,
  parseCoreMetadataFile,
  parseSpecifierSet,
  splitProjectUrl,
  titleCase,
} from "../packaging-standards/index.ts";

/**
 * What a METADATA or PKG-INFO file says of its release, in the form in which an upload's fields are kept. Nobody checked such a
 * file before: what is not as it should be stays as it is spelled.
 */
export function metadataOfFile(contents: Uint8Array): ReleaseMetadata {
  const { headers, description } = parseCoreMetadataFile(contents);
  const many = (field: string) => (headers.get(field) ?? []).filter((value) => value !== "" && value !== "UNKNOWN");
  const one = (field: string) => many(field)[0] ?? null;
  const oneAs = (field: string, normalize: (text: string) => string) => {
    const text = one(field);
    return text === null ? null : lenient(normalize, text);
  };
  return {
    author: one("author"),
    authorEmail: one("author-email"),
    maintainer: one("maintainer"),
    maintainerEmail: one("maintainer-email"),
    summary: one("summary"),
    description: description === undefined || description.trim() === "UNKNOWN" ? "" : description,
    descriptionContentType: one("description-content-type"),
    keywords: oneAs("keywords", joinedKeywords),
    license: one("license"),
    licenseExpression: oneAs("license-expression", canonicalizeLicenseExpression),
    licenseFiles: many("license-file"),
    classifiers: inListOrder(many("classifier")),
    dynamic: many("dynamic").map(titleCase),
    homePage: one("home-page"),
    downloadUrl: one("download-url"),
    platform: one("platform"),
    projectUrls: many("project-url")
      .map(splitProjectUrl)
      .filter(([label, url]) => label !== "" && url !== "")
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    providesExtra: many("provides-extra").map(normalizeName),
    requiresDist: many("requires-dist").map((requirement) => lenient(normalizeRequirement, requirement)),
    requiresPython: oneAs("requires-python", (text) => parseSpecifierSet(text).text),
  };
}

function joinedKeywords(text: string): string {
  return text
    .split(",")
    .map((keyword) => keyword.trim())
    .join(", ");
}

function lenient(normalize: (text: string) => string, text: string): string {
  try {
    return normalize(text);
  } catch {
    return text;
  }
}
