import type { Index, ProjectStatus } from "../indexes/index.ts";
import { appendToJournal, type Change, type Fields, type Step, stepBetween } from "../journal/index.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import type { Db } from "../platform/db/pool.ts";
import { FileNotFound, ProjectNotFound, ReleaseNotFound, StatusInTheWay } from "./errors.ts";
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

/** What a project can be marked as; the journal's words for that and for its end, and what it must not be marked as meanwhile. */
const marks = {
  archived: { begins: "project archived", ends: "project made active", not: ["quarantined"] },
  quarantined: { begins: "project quarantined", ends: "project quarantine cleared", not: [] },
  deprecated: { begins: "project deprecated", ends: "project made active", not: ["quarantined", "archived"] },
} as const satisfies Record<Mark, { begins: string; ends: string; not: readonly ProjectStatus[] }>;

/** Every status of PEP 792 but `active`. */
export type Mark = Exclude<ProjectStatus, "active">;

/**
 * What maintainers and staff change after the upload. Each act is one transaction and one journal line, and says whether it
 * changed anything; what is so already gets no line.
 */
export function createProjectChanges({
  db,
  clock,
  announce,
}: {
  db: Db;
  clock: { now(): Temporal.Instant };
  announce: Announce;
}) {
  async function act(
    target: Target,
    change: (trx: Db, project: queries.Project) => Promise<Act | undefined>,
  ): Promise<boolean> {
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
    return isChanged;
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

  async function changeStatus(
    trx: Db,
    project: queries.Project,
    after: Pick<queries.Project, "status" | "statusReason">,
    action: string,
  ): Promise<Act | undefined> {
    await queries.updateProject(trx, project.id, after);
    const step = stepBetween(projectFields(project), projectFields({ ...project, ...after }));
    return step && { version: null, action, change: { [projectKey]: step } };
  }

  return {
    /** PEP 592. Yanking again changes the reason, if one is given. Throws ProjectNotFound, ReleaseNotFound. */
    yank: (target: Target, version: string, reason?: string) =>
      changeRelease(target, version, "yank release", async (trx, release) => {
        const yankedReason = reason ?? release.yankedReason;
        await queries.yankRelease(trx, release.id, yankedReason);
        return { isYanked: true, yankedReason };
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

    /**
     * PEP 792. Marking again changes the reason, if one is given. Writes a journal line also where the reference does not, so that
     * mirrors hear of it. Throws ProjectNotFound, StatusInTheWay.
     */
    mark: (target: Target, mark: Mark, reason?: string) =>
      act(target, async (trx, project) => {
        const inTheWay = marks[mark].not.find((status) => status === project.status);
        if (inTheWay !== undefined) throw new StatusInTheWay(project.displayName, inTheWay, mark);
        const kept = project.status === mark ? project.statusReason : null;
        const statusReason = reason === undefined ? kept : reason || null;
        return changeStatus(trx, project, { status: mark, statusReason }, marks[mark].begins);
      }),

    /** Makes a project active again that is marked so; any other is left as it is. */
    unmark: (target: Target, mark: Mark) =>
      act(target, async (trx, project) =>
        project.status === mark
          ? changeStatus(trx, project, { status: "active", statusReason: null }, marks[mark].ends)
          : undefined,
      ),

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
