/** The four states of PEP 792. */
export type ProjectStatus = "active" | "archived" | "quarantined" | "deprecated";

/** A file as index pages list it. Digests are lower-case hex. */
export interface FileEntry {
  readonly filename: string;
  readonly version: string;
  readonly size: number;
  readonly blake2b: string;
  readonly sha256: string;
  readonly md5: string;
  /** SHA-256 of the PEP 658 sibling, null where there is none. */
  readonly metadataSha256: string | null;
  readonly packagetype: string;
  readonly pythonVersion: string;
  readonly comment: string | null;
  /** UTC with microseconds, `2026-01-02T03:04:05.000600Z`: text, since thousands are printed per page. */
  readonly uploadedAt: string;
}

/** A release as index pages need it, without its descriptive metadata. */
export interface ReleaseEntry {
  readonly version: string;
  readonly isPrerelease: boolean;
  readonly isYanked: boolean;
  /** Empty when yanked without a reason. */
  readonly yankedReason: string;
  readonly isQuarantined: boolean;
  readonly requiresPython: string | null;
}

/** Someone who holds a role on the project itself. */
export interface RoleEntry {
  readonly user: string;
  readonly role: "owner" | "maintainer";
}

/**
 * The one read model of a project in an index: every representation is a pure function of it, and mirrors, unions and
 * policies are functions from one page to another. Releases are in version order, ascending; files by version, then name.
 */
export interface ProjectPage {
  readonly name: string;
  readonly displayName: string;
  readonly serial: number;
  readonly status: ProjectStatus;
  readonly statusReason: string | null;
  readonly releases: readonly ReleaseEntry[];
  readonly files: readonly FileEntry[];
  readonly roles: readonly RoleEntry[];
}

/** Core metadata of one release, as the JSON API shows it. Lists are empty where nothing was declared. */
export interface ReleaseMetadata {
  readonly author: string | null;
  readonly authorEmail: string | null;
  readonly maintainer: string | null;
  readonly maintainerEmail: string | null;
  readonly summary: string | null;
  readonly description: string;
  readonly descriptionContentType: string | null;
  readonly keywords: string | null;
  readonly license: string | null;
  readonly licenseExpression: string | null;
  readonly licenseFiles: readonly string[];
  readonly classifiers: readonly string[];
  readonly dynamic: readonly string[];
  readonly homePage: string | null;
  readonly downloadUrl: string | null;
  readonly platform: string | null;
  /** Label and address, in order of label. */
  readonly projectUrls: readonly (readonly [label: string, url: string])[];
  readonly providesExtra: readonly string[];
  readonly requiresDist: readonly string[];
  readonly requiresPython: string | null;
}

/** What installers may see: a quarantined project or release keeps its page but shows no files. */
export function listedFiles(page: ProjectPage): readonly FileEntry[] {
  if (page.status === "quarantined") return [];
  const hidden = new Set(page.releases.filter((release) => release.isQuarantined).map((release) => release.version));
  return hidden.size === 0 ? page.files : page.files.filter((file) => !hidden.has(file.version));
}
