import type { CoreMetadata } from "../core-metadata.ts";
import { canonicalizeLicenseExpression } from "../license-expression.ts";
import { normalizeName } from "../names.ts";
import { pythonStrip } from "../python-space.ts";
import { normalizeRequirement } from "../requirement.ts";
import { parseSpecifierSet } from "../specifier.ts";
import { parseVersion } from "../version.ts";
import { inListOrder } from "./classifiers.ts";
import { splitProjectUrl } from "./index-rules.ts";
import { titleCase } from "./metadata-fields.ts";
import type { Values } from "./standard-rules.ts";

/** Valid values in the form in which an index keeps them. */
export function readCoreMetadata(values: Values): CoreMetadata {
  const many = (field: string) => values.get(field) ?? [];
  const one = (field: string) => many(field)[0] ?? null;
  const name = one("name") ?? "";
  const version = parseVersion(one("version") ?? "");
  const licenseExpression = one("license-expression");
  const requiresPython = one("requires-python");
  return {
    metadataVersion: one("metadata-version") ?? "",
    name,
    normalizedName: normalizeName(name),
    version: version.text,
    canonicalVersion: version.canonical,
    isPrerelease: version.isPrerelease,
    summary: one("summary"),
    description: one("description") ?? "",
    descriptionContentType: one("description-content-type"),
    keywords: one("keywords")?.split(",").map(pythonStrip).join(", ") ?? null,
    homePage: one("home-page"),
    downloadUrl: one("download-url"),
    projectUrls: many("project-url")
      .map(splitProjectUrl)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    author: one("author"),
    authorEmail: one("author-email"),
    maintainer: one("maintainer"),
    maintainerEmail: one("maintainer-email"),
    license: one("license"),
    licenseExpression: licenseExpression === null ? null : canonicalizeLicenseExpression(licenseExpression),
    licenseFiles: many("license-file"),
    classifiers: inListOrder(many("classifier")),
    platform: one("platform"),
    platforms: many("platform"),
    supportedPlatforms: many("supported-platform"),
    requiresPython: requiresPython === null ? null : parseSpecifierSet(requiresPython).text,
    requiresDist: many("requires-dist").map(normalizeRequirement),
    providesDist: many("provides-dist").map(normalizeRequirement),
    obsoletesDist: many("obsoletes-dist").map(normalizeRequirement),
    requiresExternal: many("requires-external"),
    requires: many("requires"),
    provides: many("provides"),
    obsoletes: many("obsoletes"),
    providesExtra: many("provides-extra").map(normalizeName),
    dynamic: many("dynamic").map(titleCase),
    importNames: many("import-name"),
    importNamespaces: many("import-namespace"),
  };
}
