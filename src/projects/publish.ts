import type { Index, ReleaseMetadata } from "../indexes/index.ts";
import { appendToJournal, type Entry, stepBetween } from "../journal/index.ts";
import {
  canonicalizeVersion,
  normalizeName,
  parseVersion,
  sortVersions,
  ultraName,
} from "../packaging-standards/index.ts";
import type { Db } from "../platform/db/pool.ts";
import {
  FileExists,
  FilenameWasUsed,
  NameTooSimilar,
  ReleaseIsClosed,
  SdistExists,
  UploadNotAllowed,
} from "./errors.ts";
import { createFile, findTwin, hasSdist, wasFilenameUsed } from "./file-queries.ts";
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

/** Whoever uploads: a person, or later a publisher. */
export interface Uploader {
  readonly id: string;
  readonly username: string;
}

/** Digests of bytes that are already durable in the store, lower-case hex. */
export interface StoredBytes {
  readonly blake2b: string;
  readonly sha256: string;
  readonly md5: string;
  readonly size: number;
}

export interface Publication {
  readonly index: Index;
  readonly uploader: Uploader;
  /** As the metadata spells it; the project takes over this spelling. */
  readonly displayName: string;
  /** PEP 440 normal form. */
  readonly version: string;
  readonly metadata: ReleaseMetadata;
  readonly metadataReceived: Readonly<Record<string, readonly string[]>>;
  readonly file: StoredBytes & {
    readonly filename: string;
    readonly packagetype: "sdist" | "bdist_wheel";
    readonly pythonVersion: string;
    readonly comment: string | null;
  };
  /** The PEP 658 sibling, null where the archive has none. */
  readonly metadataFile: StoredBytes | null;
  /** The uploader's User-Agent. */
  readonly uploadedVia: string | null;
}

/** The rules of an installation that decide here (design: relaxed and strict presets). */
export interface PublishRules {
  readonly nameSimilarity: boolean;
  /** Days a release takes new files; undefined for ever. */
  readonly uploadWindowDays: number | undefined;
}

export interface PublishDeps {
  readonly db: Db;
  readonly clock: { now(): Temporal.Instant };
  readonly rules: PublishRules;
  readonly help: (anchor: string) => string;
  /** Writes the rows of durable bytes, in the transaction that lists them (files room). */
  readonly registerBytes: (db: Db, bytes: StoredBytes) => Promise<void>;
  readonly announce: Announce;
}

/** Called after a project's change was committed; resolves when no process of this server shows it as it was. */
export type Announce = (indexId: string, name: string) => Promise<void>;

export type Publish = ReturnType<typeof createPublish>;

const UNIQUE_VIOLATION = "23505";

export function createPublish(deps: PublishDeps) {
  const { db, clock, rules, help } = deps;

  /** Upload step S22 and S23: true when the very same file is already listed, throws when anything else stands in the way. */
  async function isAlreadyListed(handle: Db, publication: Pick<Publication, "index" | "file">): Promise<boolean> {
    const { index, file } = publication;
    // In this order: a file listed by somebody else between the two questions is then found as what it is.
    const wasUsed = await wasFilenameUsed(handle, index.id, file.filename);
    const twin = await findTwin(handle, index.id, file.filename, file.blake2b);
    if (twin !== undefined) {
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

  /** Upload step S11: the uploader's role and the project's status. Throws UploadNotAllowed. */
  async function mustBeAllowed(handle: Db, project: queries.Project, uploader: Uploader): Promise<void> {
    const refused = (why: string) =>
      new UploadNotAllowed(uploader.username, project.displayName, why, help("project-name"));
    if ((await queries.findRole(handle, project.id, uploader.id)) === undefined) {
      throw refused("Someone who owns the project can add you.");
    }
    if (project.status === "archived") throw refused("The project is archived.");
  }

  /** Upload steps S24 and S25: the release still takes files, and a second sdist never. */
  async function mustBeOpen(
    handle: Db,
    release: Pick<queries.Release, "id" | "createdAt">,
    packagetype: string,
    now: Temporal.Instant,
  ): Promise<void> {
    if (rules.uploadWindowDays !== undefined) {
      const closesAt = release.createdAt.add({ hours: 24 * rules.uploadWindowDays });
      if (Temporal.Instant.compare(now, closesAt) > 0) throw new ReleaseIsClosed(rules.uploadWindowDays);
    }
    if (packagetype === "sdist" && (await hasSdist(handle, release.id))) throw new SdistExists();
  }

  async function publishOnce(publication: Publication): Promise<"published" | "unchanged"> {
    const { index, uploader, file, metadataFile, displayName } = publication;
    const name = normalizeName(displayName);
    const now = clock.now().round({ smallestUnit: "microsecond", roundingMode: "floor" });
    return await db.transaction().execute(async (trx) => {
      await deps.registerBytes(trx, file);
      if (metadataFile !== null) await deps.registerBytes(trx, metadataFile);

      const entries: Entry[] = [];
      const isNew = await createMissingProject(trx, publication, name, now);
      const project = await queries.lockProject(trx, index.id, name);
      if (project === undefined) throw new Error(`project ${name} vanished while it was being published`);
      if (isNew) {
        await queries.grantRole(trx, project.id, uploader.id, "owner");
        const role = roleFields({ user: uploader.username, role: "owner" });
        entries.push(
          {
            version: null,
            action: "create",
            change: { [projectKey]: { before: null, after: projectFields(project) } },
          },
          {
            version: null,
            action: `add Owner ${uploader.username}`,
            change: { [roleKey(uploader.username)]: { before: null, after: role } },
          },
        );
      }
      await mustBeAllowed(trx, project, uploader);
      if (await isAlreadyListed(trx, publication)) return "unchanged";

      const release = await findOrCreateRelease(trx, publication, project.id, now, entries);
      await mustBeOpen(trx, release, file.packagetype, now);

      const entry = {
        filename: file.filename,
        version: release.version,
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
      await createFile(trx, {
        indexId: index.id,
        projectId: project.id,
        releaseId: release.id,
        entry,
        metadataBlake2b: metadataFile?.blake2b ?? null,
        uploadedAt: now,
        uploadedBy: uploader.id,
        uploadedVia: publication.uploadedVia,
      });
      await queries.updateProject(trx, project.id, { displayName, addedBytes: file.size });
      const renamed = stepBetween(projectFields(project), projectFields({ ...project, displayName }));
      entries.push({
        version: release.version,
        action: `add ${file.pythonVersion} file ${file.filename}`,
        change: {
          [fileKey(file.filename)]: { before: null, after: fileFields(entry) },
          ...(renamed && { [projectKey]: renamed }),
        },
      });
      await appendToJournal(
        trx,
        {
          indexId: index.id,
          projectId: project.id,
          name: displayName,
          normalizedName: name,
          actorId: uploader.id,
          at: now,
        },
        entries,
      );
      return "published";
    });
  }

  async function createMissingProject(trx: Db, publication: Publication, name: string, now: Temporal.Instant) {
    const { index, displayName } = publication;
    if ((await queries.findProject(trx, index.id, name)) !== undefined) return false;
    const ultra = ultraName(displayName);
    if (rules.nameSimilarity) {
      const existing = await queries.findLookAlike(trx, index.id, ultra);
      if (existing !== undefined) throw new NameTooSimilar(displayName, existing, help("project-name"));
    }
    return queries.createProject(trx, { indexId: index.id, displayName, name, ultraName: ultra, createdAt: now });
  }

  async function findOrCreateRelease(
    trx: Db,
    publication: Publication,
    projectId: string,
    now: Temporal.Instant,
    entries: Entry[],
  ): Promise<{ id: string; version: string; createdAt: Temporal.Instant }> {
    const { version, metadata } = publication;
    const releases = await queries.listReleases(trx, projectId);
    const existing = findRelease(releases, version);
    if (existing !== undefined) return existing;

    const entry = {
      version,
      isPrerelease: parseVersion(version).isPrerelease,
      isYanked: false,
      yankedReason: "",
      isQuarantined: false,
      requiresPython: metadata.requiresPython,
    };
    const id = await queries.createRelease(trx, {
      projectId,
      version,
      canonicalVersion: canonicalizeVersion(version),
      isPrerelease: entry.isPrerelease,
      metadata,
      metadataReceived: publication.metadataReceived,
      createdAt: now,
      createdBy: publication.uploader.id,
    });
    const versions = [...releases.map((release) => release.version), version];
    await queries.placeReleases(
      trx,
      projectId,
      sortVersions(versions, (text) => text),
    );
    entries.push({
      version,
      action: "new release",
      change: { [releaseKey(version)]: { before: null, after: releaseFields(entry, metadata) } },
    });
    return { id, version, createdAt: now };
  }

  /**
   * Before anyone is told, so that whoever acts on the answer sees the file. Also when nothing changed: whoever listed the file
   * a moment ago may have died with its word.
   */
  function tell({ index, displayName }: Pick<Publication, "index" | "displayName">): Promise<void> {
    return deps.announce(index.id, normalizeName(displayName));
  }

  return {
    /**
     * Steps S22 to S25 for a file whose bytes have arrived, before the costly archive checks: "unchanged" when it is listed
     * already. Nothing is locked; `publish` asks again under the project's lock.
     */
    async precheck(
      publication: Pick<Publication, "index" | "displayName" | "file" | "version">,
      project: Pick<queries.Project, "id"> | undefined,
    ): Promise<"new" | "unchanged"> {
      if (await isAlreadyListed(db, publication)) {
        await tell(publication);
        return "unchanged";
      }
      const release = project && findRelease(await queries.listReleases(db, project.id), publication.version);
      if (release !== undefined) await mustBeOpen(db, release, publication.file.packagetype, clock.now());
      return "new";
    },

    /** Limits and status of a project, in any spelling of its name. */
    findProject: (indexId: string, name: string) => queries.findProject(db, indexId, normalizeName(name)),

    /** Step S11: the project, if it is there and this uploader may add to it. Throws UploadNotAllowed. */
    async findProjectFor(indexId: string, name: string, uploader: Uploader): Promise<queries.Project | undefined> {
      const project = await queries.findProject(db, indexId, normalizeName(name));
      if (project !== undefined) await mustBeAllowed(db, project, uploader);
      return project;
    },

    /**
     * Lists a file whose bytes are durable: one transaction that finds or makes project and release, and writes the
     * journal. "unchanged" when the very same file is listed already; nothing is written then.
     */
    async publish(publication: Publication): Promise<"published" | "unchanged"> {
      try {
        const outcome = await publishOnce(publication);
        await tell(publication);
        return outcome;
      } catch (error) {
        if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
        // Someone listed this name or these bytes a moment ago: now the question has an answer.
        if (!(await isAlreadyListed(db, publication))) throw error;
        await tell(publication);
        return "unchanged";
      }
    },
  };
}

/** The release that a version belongs to: 1.0.0 is 1.0; where imported history holds both, the exact text decides. */
function findRelease(releases: readonly queries.Release[], version: string): queries.Release | undefined {
  const canonical = canonicalizeVersion(version);
  const same = releases.filter((release) => release.canonicalVersion === canonical);
  return same.length > 1 ? same.find((release) => release.version === version) : same[0];
}
