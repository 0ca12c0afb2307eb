import type { ReleaseMetadata } from "../indexes/index.ts";
import type { CoreMetadata, FormFields } from "../packaging-standards/index.ts";

/** The part of the core metadata that the index's pages show. */
export function releaseMetadata(metadata: CoreMetadata): ReleaseMetadata {
  return {
    author: metadata.author,
    authorEmail: metadata.authorEmail,
    maintainer: metadata.maintainer,
    maintainerEmail: metadata.maintainerEmail,
    summary: metadata.summary,
    description: metadata.description,
    descriptionContentType: metadata.descriptionContentType,
    keywords: metadata.keywords,
    license: metadata.license,
    licenseExpression: metadata.licenseExpression,
    licenseFiles: metadata.licenseFiles,
    classifiers: metadata.classifiers,
    dynamic: metadata.dynamic,
    homePage: metadata.homePage,
    downloadUrl: metadata.downloadUrl,
    platform: metadata.platform,
    projectUrls: metadata.projectUrls,
    providesExtra: metadata.providesExtra,
    requiresDist: metadata.requiresDist,
    requiresPython: metadata.requiresPython,
  };
}

/** Fields of the form that are not metadata, and the description, which has a column of its own. */
const notKept = new Set([
  ":action",
  "protocol_version",
  "filetype",
  "pyversion",
  "comment",
  "md5_digest",
  "sha256_digest",
  "blake2_256_digest",
  "description",
  "attestations",
]);

/** The metadata as the uploader sent it, for later work that reads what normalising left out. */
export function receivedMetadata(fields: FormFields): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries([...fields].filter(([name]) => !notKept.has(name)));
}
