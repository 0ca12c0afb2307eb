import { journalLines } from "../journal/index.ts";
import { canonicalizeVersion, normalizeName, ultraName } from "../packaging-standards/index.ts";
import { inOneTransaction } from "../platform/db/one-transaction.ts";
import type { Db } from "../platform/db/pool.ts";
import { run, type Statement } from "../platform/db/statement.ts";
import { NameTooSimilar } from "./errors.ts";
import { type Listing, planListing } from "./listing.ts";
import type { Publication, PublishRules, StoredBytes, Uploader } from "./publication.ts";
import {
  insertFile,
  insertProject,
  insertRelease,
  lockProject,
  type Question,
  selectStanding,
  toStanding,
} from "./publish-queries.ts";
import * as queries from "./queries.ts";
import { findRelease, isAlreadyListed, mustBeAllowed, mustBeOpen, type Standing } from "./standing.ts";

export interface PublishDeps {
  readonly db: Db;
  readonly clock: { now(): Temporal.Instant };
  /** Random UUIDs. */
  readonly newId: () => string;
  readonly rules: PublishRules;
  readonly help: (anchor: string) => string;
  readonly bytes: BytesRegister;
  readonly announce: Announce;
}

/** What it takes to list durable bytes, all in the transaction that lists them (files room). */
export interface BytesRegister {
  /** Nobody removes them until the transaction ends. */
  hold(bytes: readonly StoredBytes[]): Statement;
  /** Throws when they are not there any more. Called while they are held. */
  mustBeThere(bytes: readonly StoredBytes[]): Promise<void>;
  /** Writes their rows. */
  write(bytes: readonly StoredBytes[]): Statement;
}

/** Called after a project's change was committed; resolves when no process of this server shows it as it was. */
export type Announce = (indexId: string, name: string) => Promise<void>;

export type Publish = ReturnType<typeof createPublish>;

const UNIQUE_VIOLATION = "23505";
/** The project was made between the look for its lock and the look at it: nothing is locked, so nothing may be written. */
class MadeMeanwhile extends Error {}
/** One for who made the project, one for who listed the name or the bytes, and some for both at once. */
const ATTEMPTS = 5;

export function createPublish(deps: PublishDeps) {
  const { db, clock, newId, rules, help, bytes } = deps;

  /**
   * Two messages to the database: what stands there, under the project's lock, then all that is to be written, with COMMIT. The
   * journal comes last, so that its lock is held for no round trip.
   */
  function publishOnce(publication: Publication): Promise<"published" | "unchanged"> {
    const { index, file, displayName } = publication;
    const name = normalizeName(displayName);
    const blobs = publication.metadataFile === null ? [file] : [file, publication.metadataFile];
    const question = questionOf(publication, {
      uploaderId: publication.uploader.id,
      toMake: { ultraName: rules.nameSimilarity ? ultraName(displayName) : null },
    });
    const now = clock.now().round({ smallestUnit: "microsecond", roundingMode: "floor" });
    return inOneTransaction(db, async (transaction) => {
      const [, locked, rows] = await transaction.send(
        bytes.hold(blobs),
        lockProject(index.id, name),
        selectStanding(question),
      );
      await bytes.mustBeThere(blobs);
      const standing = toStanding(rows[0]);
      if (standing.project === undefined) mustNotLookAlike(standing, displayName);
      else if (locked.length === 0) throw new MadeMeanwhile();
      mustBeAllowed(standing, publication.uploader, help);
      if (isAlreadyListed(standing, file, help)) return "unchanged";
      const release = findRelease(standing, publication.version);
      if (release !== undefined) mustBeOpen(release, file.packagetype, rules, now);
      const listing = planListing(publication, standing, { now, newId });
      await transaction.commit(bytes.write(blobs), ...statementsOf(listing, publication, now));
      return "published";
    });
  }

  /** Creation step 7. */
  function mustNotLookAlike({ lookAlike }: Standing, displayName: string): void {
    if (lookAlike !== null) throw new NameTooSimilar(displayName, lookAlike, help("project-name"));
  }

  /**
   * Before anyone is told, so that whoever acts on the answer sees the file. Also when nothing changed: whoever listed the file
   * a moment ago may have died with its word.
   */
  function tell({ index, displayName }: Pick<Publication, "index" | "displayName">): Promise<void> {
    return deps.announce(index.id, normalizeName(displayName));
  }

  return {
    /** Limits and status of a project, in any spelling of its name. */
    findProject: (indexId: string, name: string) => queries.findProject(db, indexId, normalizeName(name)),

    /** What the index has to say about a file whose bytes have arrived. Nothing is locked; `publish` asks again. */
    async ask(about: Asked): Promise<Standing> {
      const rows = await run(
        db,
        selectStanding(questionOf(about, { uploaderId: about.uploader.id, toMake: undefined })),
      );
      return toStanding(rows[0]);
    },

    /** Step S11: whoever is there may add to the project, if there is one. Throws UploadNotAllowed. */
    mustBeAllowed: (standing: Standing, uploader: Uploader) => mustBeAllowed(standing, uploader, help),

    /** Steps S22 to S25, before the costly checks of the archive: "unchanged" when the file is listed already. */
    async precheck(
      publication: Pick<Publication, "index" | "displayName" | "file" | "version">,
      standing: Standing,
    ): Promise<"new" | "unchanged"> {
      if (isAlreadyListed(standing, publication.file, help)) {
        await tell(publication);
        return "unchanged";
      }
      const release = findRelease(standing, publication.version);
      if (release !== undefined) mustBeOpen(release, publication.file.packagetype, rules, clock.now());
      return "new";
    },

    /**
     * Lists a file whose bytes are durable: one transaction that finds or makes project and release, and writes the
     * journal. "unchanged" when the very same file is listed already; nothing is written then.
     */
    async publish(publication: Publication): Promise<"published" | "unchanged"> {
      for (let attempt = 1; ; attempt++) {
        try {
          const outcome = await publishOnce(publication);
          await tell(publication);
          return outcome;
        } catch (error) {
          // Someone made this project or listed this name or these bytes a moment ago: now the question has another answer.
          const isOvertaken = error instanceof MadeMeanwhile || (error as { code?: unknown }).code === UNIQUE_VIOLATION;
          if (!isOvertaken || attempt === ATTEMPTS) throw error;
        }
      }
    },
  };
}

/** What `ask` needs to know of an upload. */
interface Asked extends Pick<Publication, "index" | "displayName" | "version" | "uploader"> {
  /** The digest is undefined when the bytes were not kept. */
  readonly file: { readonly filename: string; readonly blake2b?: string | undefined };
}

function questionOf(
  { index, displayName, version, file }: Omit<Asked, "uploader">,
  rest: Pick<Question, "uploaderId" | "toMake">,
): Question {
  return {
    indexId: index.id,
    name: normalizeName(displayName),
    filename: file.filename,
    blake2b: file.blake2b,
    canonicalVersion: canonicalizeVersion(version),
    ...rest,
  };
}

function statementsOf(
  { projectId, project, release, file, entries }: Listing,
  publication: Publication,
  at: Temporal.Instant,
) {
  const { index, displayName, uploader } = publication;
  const subject = {
    indexId: index.id,
    projectId,
    name: displayName,
    normalizedName: normalizeName(displayName),
    actorId: uploader.id,
    at,
  };
  return [
    ...(project ? [insertProject(project), ...(publication.whenNew ?? [])] : []),
    ...(release ? [insertRelease(release)] : []),
    insertFile(file),
    journalLines(subject, entries),
  ];
}
