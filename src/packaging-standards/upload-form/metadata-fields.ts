/** A field of core metadata as the upload form sends it. */
export interface MetadataField {
  /** In lower case, as messages spell it. */
  readonly name: string;
  /** The name of the form field: plural for most fields that may be repeated. */
  readonly form: string;
  /** The metadata version that introduced it. */
  readonly since: MetadataVersion;
  readonly isRepeated: boolean;
}

/** The versions an index takes, in their order; 2.0 was withdrawn. */
export const METADATA_VERSIONS = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"] as const;
export type MetadataVersion = (typeof METADATA_VERSIONS)[number];

/** Every field (core metadata specification): name, version that introduced it, form field when it may be repeated. */
const TABLE: readonly (readonly [name: string, since: MetadataVersion, repeatedAs?: string])[] = [
  ["metadata-version", "1.0"],
  ["name", "1.0"],
  ["version", "1.0"],
  ["summary", "1.0"],
  ["description", "1.0"],
  ["keywords", "1.0"],
  ["home-page", "1.0"],
  ["author", "1.0"],
  ["author-email", "1.0"],
  ["license", "1.0"],
  ["platform", "1.0", "platform"],
  ["supported-platform", "1.1", "supported_platform"],
  ["download-url", "1.1"],
  ["classifier", "1.1", "classifiers"],
  ["requires", "1.1", "requires"],
  ["provides", "1.1", "provides"],
  ["obsoletes", "1.1", "obsoletes"],
  ["maintainer", "1.2"],
  ["maintainer-email", "1.2"],
  ["requires-python", "1.2"],
  ["requires-dist", "1.2", "requires_dist"],
  ["provides-dist", "1.2", "provides_dist"],
  ["obsoletes-dist", "1.2", "obsoletes_dist"],
  ["requires-external", "1.2", "requires_external"],
  ["project-url", "1.2", "project_urls"],
  ["description-content-type", "2.1"],
  ["provides-extra", "2.1", "provides_extra"],
  ["dynamic", "2.2", "dynamic"],
  ["license-expression", "2.4"],
  ["license-file", "2.4", "license_file"],
  ["import-name", "2.5", "import_name"],
  ["import-namespace", "2.5", "import_namespace"],
];

export const METADATA_FIELDS: readonly MetadataField[] = TABLE.map(([name, since, repeatedAs]) => ({
  name,
  form: repeatedAs ?? name.replaceAll("-", "_"),
  since,
  isRepeated: repeatedAs !== undefined,
}));

/** Fields that say what they are about and so cannot be left open until a build (PEP 643). */
export const NEVER_DYNAMIC: readonly string[] = ["name", "version", "metadata-version"];

/** How an index spells the fields that Dynamic may name (PEP 643); `download-url` is "Download-Url" for it. */
export function titleCase(name: string): string {
  return name.toLowerCase().replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());
}
