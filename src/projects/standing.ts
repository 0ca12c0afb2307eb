import { FileExists, FilenameWasUsed, ReleaseIsClosed, SdistExists, UploadNotAllowed } from "./errors.ts";
import type { PublishRules, StoredBytes, Uploader } from "./publication.ts";
import type { Project } from "./queries.ts";

/** What an index has to say about an upload, all of one moment. */
export interface Standing {
  readonly project: Project | undefined;
  /** The uploader holds a role on the project itself. */
  readonly hasRole: boolean;
  /** The index lists, or ever listed, a file of this name. */
  readonly wasUsed: boolean;
  /** A listed file of the same name, or else one with the same bytes. */
  readonly twin: Twin | null;
  /** Releases of the project with the same canonical version: none, one, or more where history was imported. */
  readonly releases: readonly OpenRelease[];
  /** When it was asked for and there is no such release: all versions of the project, in version order. */
  readonly versions: readonly string[];
  /** When it was asked for: the display name of a project whose name looks the same. */
  readonly lookAlike: string | null;
}

interface Twin {
  readonly filename: string;
  readonly blake2b: string;
  readonly sha256: string;
  /** Display name. */
  readonly project: string;
}

export interface OpenRelease {
  readonly id: string;
  readonly version: string;
  /** ISO 8601 with microseconds. */
  readonly createdAt: string;
  readonly hasSdist: boolean;
}

type HelpUrl = (anchor: string) => string;

/** Upload step S11: the uploader's role and the project's status. Throws UploadNotAllowed. */
export function mustBeAllowed({ project, hasRole }: Standing, uploader: Uploader, help: HelpUrl): void {
  if (project === undefined) return;
  const refused = (why: string) =>
    new UploadNotAllowed(uploader.username, project.displayName, why, help("project-name"));
  if (!hasRole) throw refused("Someone who owns the project can add you.");
  if (project.status === "archived") throw refused("The project is archived.");
}

/** Upload steps S22 and S23: true when the very same file is already listed, throws when anything else stands in the way. */
export function isAlreadyListed(
  { twin, wasUsed }: Standing,
  file: StoredBytes & { readonly filename: string },
  help: HelpUrl,
): boolean {
  if (twin !== null) {
    if (twin.filename === file.filename && twin.blake2b === file.blake2b && twin.sha256 === file.sha256) return true;
    throw new FileExists(
      file.filename,
      file.blake2b,
      twin.filename === file.filename
        ? "Use a new version; a file name never gets other bytes."
        : `The same bytes are listed as '${twin.filename}' of project '${twin.project}'.`,
      help("file-name-reuse"),
    );
  }
  if (wasUsed) throw new FilenameWasUsed(help("file-name-reuse"));
  return false;
}

/** The release that a version belongs to: 1.0.0 is 1.0; where imported history holds both, the exact text decides. */
export function findRelease({ releases }: Standing, version: string): OpenRelease | undefined {
  return releases.length > 1 ? releases.find((release) => release.version === version) : releases[0];
}

/** Upload steps S24 and S25: the release still takes files, and a second sdist never. Throws ReleaseIsClosed, SdistExists. */
export function mustBeOpen(
  release: OpenRelease,
  packagetype: string,
  { uploadWindowDays }: Pick<PublishRules, "uploadWindowDays">,
  now: Temporal.Instant,
): void {
  if (uploadWindowDays !== undefined) {
    const closesAt = Temporal.Instant.from(release.createdAt).add({ hours: 24 * uploadWindowDays });
    if (Temporal.Instant.compare(now, closesAt) > 0) throw new ReleaseIsClosed(uploadWindowDays);
  }
  if (packagetype === "sdist" && release.hasSdist) throw new SdistExists();
}
