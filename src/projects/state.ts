import type {
  HostedFile,
  HostedPage,
  ProjectStatus,
  ReleaseEntry,
  ReleaseMetadata,
  RoleEntry,
} from "../indexes/index.ts";
import type { Fields, Json, State } from "../journal/index.ts";
import { compareVersions } from "../packaging-standards/index.ts";

/** Keys of the things that a journal line changes. */
export const projectKey = "project";
export const releaseKey = (version: string) => `release ${version}`;
export const fileKey = (filename: string) => `file ${filename}`;
export const roleKey = (user: string) => `role ${user}`;

export const projectFields = (project: {
  displayName: string;
  status: ProjectStatus;
  statusReason: string | null;
}) => ({
  displayName: project.displayName,
  status: project.status,
  statusReason: project.statusReason,
});

export function releaseFields(release: ReleaseEntry, metadata: ReleaseMetadata): Fields {
  return { ...release, metadata: metadata as unknown as Json };
}

export const fileFields = ({ upstream: _, ...file }: HostedFile): Fields => file;

export const roleFields = (role: RoleEntry): Fields => ({ ...role });

/** What a state read from the journal says of a project: its page and the core metadata of each release, by version. */
export interface Rebuilt {
  readonly page: HostedPage;
  readonly metadata: ReadonlyMap<string, ReleaseMetadata>;
}

/** The page that a project had at `serial`, from the state its journal gives; undefined when there was no project. */
export function rebuildPage(name: string, serial: number, state: State): Rebuilt | undefined {
  const project = state.get(projectKey);
  if (project === undefined) return undefined;
  // The fields were written by the functions above, so each thing has the shape they give it.
  const things = <T>(kind: string) =>
    [...state].filter(([key]) => key.startsWith(`${kind} `)).map(([, fields]) => fields as unknown as T);
  const releases = things<ReleaseEntry & { metadata: ReleaseMetadata }>("release").sort((a, b) =>
    compareVersions(a.version, b.version),
  );
  const position = new Map(releases.map((release, index) => [release.version, index]));
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const { displayName, status, statusReason } = project as unknown as ReturnType<typeof projectFields>;
  return {
    page: {
      name,
      displayName,
      serial,
      status,
      statusReason,
      releases: releases.map(({ metadata: _, ...release }) => release),
      files: things<HostedFile>("file").sort(
        (a, b) => (position.get(a.version) ?? 0) - (position.get(b.version) ?? 0) || byName(a.filename, b.filename),
      ),
      roles: things<RoleEntry>("role").sort(
        (a, b) => Number(a.role !== "owner") - Number(b.role !== "owner") || byName(a.user, b.user),
      ),
    },
    metadata: new Map(releases.map((release) => [release.version, release.metadata])),
  };
}
