import type { HostedFile } from "../indexes/index.ts";
import { type Entry, stepBetween } from "../journal/index.ts";
import {
  canonicalizeVersion,
  compareVersions,
  normalizeName,
  parseVersion,
  ultraName,
} from "../packaging-standards/index.ts";
import type { Publication } from "./publication.ts";
import type { NewFile, NewProject, NewRelease } from "./publish-queries.ts";
import { findRelease, type Standing } from "./standing.ts";
import {
  fileFields,
  fileKey,
  projectFields,
  projectKey,
  releaseFields,
  releaseKey,
  roleFields,
  roleKey,
} from "./state.ts";

/** Everything that listing a file writes. */
export interface Listing {
  readonly projectId: string;
  /** Undefined where there is one already. */
  readonly project: NewProject | undefined;
  /** Undefined where there is one already. */
  readonly release: NewRelease | undefined;
  readonly file: NewFile;
  /** Lines of the journal, in order. */
  readonly entries: readonly Entry[];
}

interface Moment {
  readonly now: Temporal.Instant;
  readonly newId: () => string;
}

/** What is to be written for a publication that nothing stands in the way of. */
export function planListing(publication: Publication, standing: Standing, moment: Moment): Listing {
  const { index, uploader, displayName, metadataFile } = publication;
  const project = chooseProject(publication, standing, moment);
  const release = chooseRelease(publication, standing, project.id, moment);
  const entry = fileEntry(publication, release.version, moment.now);
  return {
    projectId: project.id,
    project: project.made,
    release: release.made,
    file: {
      indexId: index.id,
      projectId: project.id,
      displayName,
      releaseId: release.id,
      entry,
      metadataBlake2b: metadataFile?.blake2b ?? null,
      uploadedAt: moment.now,
      uploadedBy: uploader.id,
      uploadedVia: publication.uploadedVia,
    },
    entries: [
      ...(project.made ? projectEntries(publication) : []),
      ...(release.made ? [releaseEntry(release.made)] : []),
      addedEntry(entry, standing, displayName),
    ],
  };
}

function chooseProject(
  { index, uploader, displayName }: Publication,
  { project }: Standing,
  { now, newId }: Moment,
): { readonly id: string; readonly made?: NewProject } {
  if (project !== undefined) return { id: project.id };
  const made = {
    id: newId(),
    indexId: index.id,
    displayName,
    name: normalizeName(displayName),
    ultraName: ultraName(displayName),
    createdAt: now,
    ownerId: uploader.id,
  };
  return { id: made.id, made };
}

function chooseRelease(
  { version, metadata, metadataReceived, uploader }: Publication,
  standing: Standing,
  projectId: string,
  { now, newId }: Moment,
): { readonly id: string; readonly version: string; readonly made?: NewRelease } {
  const existing = findRelease(standing, version);
  if (existing !== undefined) return existing;
  const made = {
    id: newId(),
    projectId,
    version,
    canonicalVersion: canonicalizeVersion(version),
    position: placeOf(version, standing.versions),
    isPrerelease: parseVersion(version).isPrerelease,
    metadata,
    metadataReceived,
    createdAt: now,
    createdBy: uploader.id,
  };
  return { id: made.id, version, made };
}

/** How many of `versions`, which are in version order, do not come after `version`. Most releases are the newest one. */
function placeOf(version: string, versions: readonly string[]): number {
  return versions.findLastIndex((other) => compareVersions(other, version) <= 0) + 1;
}

function fileEntry({ file, metadataFile }: Publication, version: string, now: Temporal.Instant): HostedFile {
  return {
    filename: file.filename,
    version,
    size: file.size,
    blake2b: file.blake2b,
    sha256: file.sha256,
    md5: file.md5,
    metadataSha256: metadataFile?.sha256 ?? null,
    packagetype: file.packagetype,
    pythonVersion: file.pythonVersion,
    comment: file.comment,
    uploadedAt: now.toString({ fractionalSecondDigits: 6 }),
  };
}

function projectEntries({ displayName, uploader: { username } }: Publication): readonly Entry[] {
  const project = projectFields({ displayName, status: "active", statusReason: null });
  const role = roleFields({ user: username, role: "owner" });
  return [
    { version: null, action: "create", change: { [projectKey]: { before: null, after: project } } },
    { version: null, action: `add Owner ${username}`, change: { [roleKey(username)]: { before: null, after: role } } },
  ];
}

function releaseEntry({ version, isPrerelease, metadata }: NewRelease): Entry {
  const release = {
    version,
    isPrerelease,
    isYanked: false,
    yankedReason: "",
    isQuarantined: false,
    requiresPython: metadata.requiresPython,
  };
  return {
    version,
    action: "new release",
    change: { [releaseKey(version)]: { before: null, after: releaseFields(release, metadata) } },
  };
}

function addedEntry(file: HostedFile, { project }: Standing, displayName: string): Entry {
  const renamed = project && stepBetween(projectFields(project), projectFields({ ...project, displayName }));
  return {
    version: file.version,
    action: `add ${file.pythonVersion} file ${file.filename}`,
    change: {
      [fileKey(file.filename)]: { before: null, after: fileFields(file) },
      ...(renamed && { [projectKey]: renamed }),
    },
  };
}
