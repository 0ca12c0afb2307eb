/** The four states of PEP 792. */
export type ProjectStatus = "active" | "archived" | "quarantined" | "deprecated";

/** What every file in a page has, whoever brought it. */
interface FileFacts {
  readonly filename: string;
  readonly version: string;
  readonly packagetype: string;
  readonly pythonVersion: string;
  readonly comment: string | null;
}

/** A file that was uploaded here. Digests are lower-case hex. */
export interface HostedFile extends FileFacts {
  readonly size: number;
  readonly blake2b: string;
  readonly sha256: string;
  readonly md5: string;
  /** SHA-256 of the PEP 658 sibling, null where there is none. */
  readonly metadataSha256: string | null;
  /** UTC with microseconds, `2026-01-02T03:04:05.000600Z`: text, since thousands are printed per page. */
  readonly uploadedAt: string;
  readonly upstream?: undefined;
}

/** A file that an upstream lists. What that upstream does not say, and nobody has measured here yet, is null. */
export interface UpstreamFile extends FileFacts {
  readonly size: number | null;
  readonly blake2b: string | null;
  readonly sha256: string | null;
  readonly md5: string | null;
  readonly metadataSha256: string | null;
  /** The upstream's clock. */
  readonly uploadedAt: string | null;
  readonly upstream: UpstreamFacts;
}

/** What only files of an upstream have. */
export interface UpstreamFacts {
  /**
   * 64 hex digits that stand in the file's address here where the BLAKE2b digest stands otherwise, which nobody knows before
   * the bytes have arrived.
   */
  readonly address: string;
  /** Our own clock: when this index first saw the file listed; as `uploadedAt`. */
  readonly firstSeenAt: string;
  /** It was listed already when the project was first seen, so `firstSeenAt` says nothing of its age. */
  readonly isBaseline: boolean;
  /** A metadata sibling can be had, whether or not its digest is known. */
  readonly hasMetadata: boolean;
  /** Of this file alone: an upstream need not agree with itself about a release. */
  readonly requiresPython: string | null;
  readonly isYanked: boolean;
  readonly yankedReason: string;
  /** Address of the provenance object (PEP 740), as the upstream gives it. */
  readonly provenance: string | null;
}

/** A file as index pages list it. */
export type FileEntry = HostedFile | UpstreamFile;

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

/** A page of which every file was uploaded here. */
export interface HostedPage extends ProjectPage {
  readonly files: readonly HostedFile[];
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

/** What is shown of a release that says nothing of itself. */
export const emptyMetadata: ReleaseMetadata = {
  author: null,
  authorEmail: null,
  maintainer: null,
  maintainerEmail: null,
  summary: null,
  description: "",
  descriptionContentType: null,
  keywords: null,
  license: null,
  licenseExpression: null,
  licenseFiles: [],
  classifiers: [],
  dynamic: [],
  homePage: null,
  downloadUrl: null,
  platform: null,
  projectUrls: [],
  providesExtra: [],
  requiresDist: [],
  requiresPython: null,
};

/** The 64 hex digits in a file's address: its BLAKE2b digest, or what stands for it until the bytes are here. */
export function addressDigest(file: FileEntry): string {
  return file.upstream === undefined ? file.blake2b : file.upstream.address;
}

/** Whether a file is yanked, and for which reason (empty: none given). Releases are yanked; an upstream says it by file. */
export function yankOf(file: FileEntry, release: ReleaseEntry | undefined): string | undefined {
  const said = file.upstream ?? release;
  return said?.isYanked ? said.yankedReason : undefined;
}

/** The Requires-Python that installers are told of a file; null where nothing was declared. */
export function requiresPythonOf(file: FileEntry, release: ReleaseEntry | undefined): string | null {
  return (file.upstream ?? release)?.requiresPython || null;
}

/** What installers may see: a quarantined project or release keeps its page but shows no files. */
export function listedFiles(page: ProjectPage): readonly FileEntry[] {
  if (page.status === "quarantined") return [];
  const hidden = new Set(page.releases.filter((release) => release.isQuarantined).map((release) => release.version));
  return hidden.size === 0 ? page.files : page.files.filter((file) => !hidden.has(file.version));
}
