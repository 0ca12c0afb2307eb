import type { Index, ProjectStatus } from "../indexes/index.ts";
import { appendToJournal, type Change, type Fields, type Step, stepBetween } from "../journal/index.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import type { Db } from "../platform/db/pool.ts";
import { FileNotFound, ProjectNotFound, ReleaseNotFound } from "./errors.ts";
import { deleteFileRow, listFiles } from "./file-queries.ts";
import { findReleaseMetadata, readProjectPage } from "./page-queries.ts";
import type { Announce } from "./publish.ts";
import * as queries from "./queries.ts";
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

export type ProjectChanges = ReturnType<typeof createProjectChanges>;

/** Which project, and who changes it (null: the operator, by command line). */
export interface Target {
  readonly index: Index;
  readonly project: string;
  readonly actorId: string | null;
}

interface Act {
  readonly version: string | null;
  readonly action: string;
  readonly change: Change;
}

const statusActions: Record<ProjectStatus, string> = {
  active: "project made active",
  archived: "project archived",
  quarantined: "project quarantined",
  deprecated: "project deprecated",
};

/** What maintainers and staff change after the upload. Each act is one transaction and one journal line. */
export function createProjectChanges({
  db,
  clock,
  announce,
}: {
  db: Db;
  clock: { now(): Temporal.Instant };
  announce: Announce;
}) {
  async function act(target: Target, change: (trx: Db, project: queries.Project) => Promise<Act | undefined>) {
    const name = normalizeName(target.project);
    const isChanged = await db.transaction().execute(async (trx) => {
      const project = await queries.lockProject(trx, target.index.id, name);
      if (project === undefined) throw new ProjectNotFound(target.project);
      const done = await change(trx, project);
      if (done === undefined) return false;
      const subject = {
        indexId: target.index.id,
        projectId: project.id,
        name: project.displayName,
        normalizedName: name,
        actorId: target.actorId,
        at: clock.now(),
      };
      await appendToJournal(trx, subject, [done]);
      return true;
    });
    if (isChanged) await announce(target.index.id, name);
  }

  async function getRelease(trx: Db, project: queries.Project, version: string): Promise<queries.Release> {
    const release = (await queries.listReleases(trx, project.id)).find((one) => one.version === version);
    if (release === undefined) throw new ReleaseNotFound(project.displayName, version);
    return release;
  }

  /** Changes fields of a release; no journal line when nothing differs. */
  function changeRelease(
    target: Target,
    version: string,
    action: string,
    change: (trx: Db, release: queries.Release) => Promise<Fields>,
  ) {
    return act(target, async (trx, project) => {
      const release = await getRelease(trx, project, version);
      const after = await change(trx, release);
      const before = Object.fromEntries(
        Object.keys(after).map((field) => [field, release[field as keyof queries.Release] as string | boolean]),
      );
      const step = stepBetween(before, after);
      return step && { version, action, change: { [releaseKey(version)]: step } };
    });
  }

  return {
    /** PEP 592. Yanking again changes the reason. Throws ProjectNotFound, ReleaseNotFound. */
    yank: (target: Target, version: string, reason: string) =>
      changeRelease(target, version, "yank release", async (trx, release) => {
        await queries.yankRelease(trx, release.id, reason);
        return { isYanked: true, yankedReason: reason };
      }),

    unyank: (target: Target, version: string) =>
      changeRelease(target, version, "unyank release", async (trx, release) => {
        await queries.yankRelease(trx, release.id, null);
        return { isYanked: false, yankedReason: "" };
      }),

    /** Hides a release and its files from installers, or shows them again. */
    quarantineRelease: (target: Target, version: string, isQuarantined: boolean) =>
      changeRelease(
        target,
        version,
        isQuarantined ? "release quarantined" : "release quarantine cleared",
        async (trx, release) => {
          await queries.quarantineRelease(trx, release.id, isQuarantined);
          return { isQuarantined };
        },
      ),

    /** Unlists a file. Its name stays used and its address keeps answering. Throws FileNotFound. */
    deleteFile: (target: Target, filename: string) =>
      act(target, async (trx, project) => {
        const file = (await listFiles(trx, project.id)).find((one) => one.filename === filename);
        if (file === undefined) throw new FileNotFound(project.displayName, filename);
        await deleteFileRow(trx, file.id);
        await queries.updateProject(trx, project.id, { addedBytes: -file.size });
        const { id: _, ...entry } = file;
        return {
          version: file.version,
          action: `remove file ${filename}`,
          change: { [fileKey(filename)]: { before: fileFields(entry), after: null } },
        };
      }),

    /** Deletes a release with its files. */
    deleteRelease: (target: Target, version: string) =>
      act(target, async (trx, project) => {
        const release = await getRelease(trx, project, version);
        const files = await listFiles(trx, project.id, version);
        const metadata = await findReleaseMetadata(trx, target.index.id, project.name, version);
        if (metadata === undefined) throw new Error(`release ${version} of ${project.name} has no metadata`);
        await queries.deleteReleaseRow(trx, release.id);
        const others = (await queries.listReleases(trx, project.id)).map((other) => other.version);
        await queries.placeReleases(trx, project.id, others);
        const bytes = files.reduce((sum, file) => sum + file.size, 0);
        await queries.updateProject(trx, project.id, { addedBytes: -bytes });
        const { id: _, createdAt: __, canonicalVersion: ___, ...entry } = release;
        const removed: [string, Step][] = files.map(({ id: _, ...file }) => [
          fileKey(file.filename),
          { before: fileFields(file), after: null },
        ]);
        return {
          version,
          action: "remove release",
          change: Object.fromEntries([
            ...removed,
            [releaseKey(version), { before: releaseFields(entry, metadata), after: null }],
          ]),
        };
      }),

    /** PEP 792. Writes a journal line also where the reference does not, so that mirrors hear of it. */
    setStatus: (target: Target, status: ProjectStatus, reason: string | null) =>
      act(target, async (trx, project) => {
        await queries.updateProject(trx, project.id, { status, statusReason: reason });
        const step = stepBetween(projectFields(project), projectFields({ ...project, status, statusReason: reason }));
        const action =
          status === "active" && project.status === "quarantined"
            ? "project quarantine cleared"
            : statusActions[status];
        return step && { version: null, action, change: { [projectKey]: step } };
      }),

    /** Deletes a project; its name is free again, its file names are not. */
    deleteProject: (target: Target) =>
      act(target, async (trx, project) => {
        const page = await readProjectPage(trx, target.index.id, project.name);
        if (page === undefined) throw new Error(`project ${project.name} vanished while locked`);
        const releases: [string, Step][] = [];
        for (const release of page.releases) {
          const metadata = await findReleaseMetadata(trx, target.index.id, project.name, release.version);
          if (metadata === undefined) throw new Error(`release ${release.version} of ${project.name} has no metadata`);
          releases.push([releaseKey(release.version), { before: releaseFields(release, metadata), after: null }]);
        }
        await queries.deleteProjectRow(trx, project.id);
        return {
          version: null,
          action: "remove project",
          change: Object.fromEntries<Step>([
            [projectKey, { before: projectFields(project), after: null }],
            ...page.roles.map((role): [string, Step] => [
              roleKey(role.user),
              { before: roleFields(role), after: null },
            ]),
            ...releases,
            ...page.files.map((file): [string, Step] => [
              fileKey(file.filename),
              { before: fileFields(file), after: null },
            ]),
          ]),
        };
      }),
  };
}
