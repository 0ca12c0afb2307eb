import type { Elsewhere, FileAddress, FoundElsewhere } from "../files/index.ts";
import type { AskedFile, Index, Source } from "../indexes/index.ts";
import {
  InvalidText,
  isValidName,
  type NormalizedName,
  parseSdistFilename,
  parseWheelFilename,
} from "../packaging-standards/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Answer } from "../platform/http/answer.ts";
import type { Log } from "../platform/log/log.ts";
import { NAME_LIMIT } from "./distribution-of.ts";
import { FileGone } from "./errors.ts";
import type { ColdFileAddress, Fetcher } from "./fetcher.ts";
import { findPromisedFiles, type PromisedFile, setUsed } from "./kept-queries.ts";

export interface ColdFilesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetcher: Pick<Fetcher, "refreshProject" | "openFile" | "fetchMetadataSibling">;
  /** The refusal for a file of an upstream that an index does not show; undefined when it may be served. */
  readonly mayServe: (index: Index, file: AskedFile) => Promise<Answer | undefined>;
}

const METADATA = ".metadata";
/** The last use of a file is written down no more often than this. */
const USE = Temporal.Duration.from({ hours: 1 });

/** Files of the mirrors that an index draws on: those that are kept here, and those that have to be fetched. */
export function createColdFiles({ db, clock, log, fetcher, mayServe }: ColdFilesDeps): Elsewhere {
  const mirrorsOf = ({ sources }: Index) => sources.filter(({ kind }) => kind === "mirror");

  function askedOf(row: PromisedFile): AskedFile {
    return {
      project: row.project,
      filename: row.filename,
      mirrorId: row.indexId,
      uploadedAt: row.uploadedAt?.toString() ?? null,
      firstSeenAt: row.firstSeenAt.toString(),
      isBaseline: row.isBaseline,
    };
  }

  /** The first that may be served, else why the first may not. */
  async function choose(index: Index, file: ColdFileAddress): Promise<PromisedFile | Answer | undefined> {
    const ids = mirrorsOf(index).map(({ id }) => id);
    let refusal: Answer | undefined;
    for (const row of await findPromisedFiles(db, ids, file)) {
      const refused = await mayServe(index, askedOf(row));
      if (refused === undefined) return row;
      refusal ??= refused;
    }
    return refusal;
  }

  /**
   * An address in a lock file may come before anyone has looked at the project's page: then that is read first. False when it
   * would not help, or the name is nobody's business but ours.
   */
  async function discover(index: Index, { filename }: ColdFileAddress): Promise<boolean> {
    const project = projectIn(filename);
    if (project === undefined) return false;
    const now = clock.now().toString();
    const unseen = { project, filename, uploadedAt: null, firstSeenAt: now, isBaseline: true };
    if ((await mayServe(index, unseen)) !== undefined) return false;
    for (const source of mirrorsOf(index)) await fetcher.refreshProject(source, project);
    return true;
  }

  function noteUse(source: Source, row: PromisedFile): void {
    const now = clock.now();
    const before = now.subtract(USE);
    if (row.lastUsedAt !== null && Temporal.Instant.compare(row.lastUsedAt, before) >= 0) return;
    setUsed(db, source, row, now, before).catch((error: unknown) => {
      log.debug({ err: error, file: row.filename }, `could not write down that ${row.filename} was used`);
    });
  }

  /** Undefined also when it may not be served any more: the upstream may have taken its time. */
  async function openCold(index: Index, source: Source, row: PromisedFile) {
    try {
      const opened = await fetcher.openFile(source, row);
      return (await mayServe(index, askedOf(row))) === undefined ? opened : undefined;
    } catch (error) {
      if (error instanceof FileGone) return undefined;
      throw error;
    }
  }

  async function findFile(index: Index, source: Source, row: PromisedFile): Promise<FoundElsewhere> {
    const { project, firstSeenAt: listedAt, blob, size } = row;
    if (blob === null) return { kind: "cold", size, listedAt, open: () => openCold(index, source, row) };
    noteUse(source, row);
    return { kind: "kept", ...blob, listedAt, project };
  }

  async function findSibling(index: Index, source: Source, row: PromisedFile): Promise<FoundElsewhere | undefined> {
    const { project, firstSeenAt: listedAt } = row;
    const kept = (sibling: PromisedFile | undefined) =>
      sibling?.metadataBlob && ({ kind: "kept", ...sibling.metadataBlob, listedAt, project } as const);
    const there = kept(row);
    if (there) return there;
    const canBe = !row.lacksMetadata && (row.hasMetadata || row.filename.endsWith(".whl"));
    if (!canBe || !(await fetcher.fetchMetadataSibling(source, row))) return undefined;
    const refused = await mayServe(index, askedOf(row));
    if (refused !== undefined) return { kind: "refused", answer: refused };
    const [again] = await findPromisedFiles(db, [source.id], row);
    return kept(again) ?? undefined;
  }

  return {
    async find(index, { blake2b: address, filename }: FileAddress) {
      if (mirrorsOf(index).length === 0) return undefined;
      const isSibling = filename.endsWith(METADATA);
      const file = { address, filename: isSibling ? filename.slice(0, -METADATA.length) : filename };
      let found = await choose(index, file);
      if (found === undefined && (await discover(index, file))) found = await choose(index, file);
      if (found === undefined) return undefined;
      if ("status" in found) return { kind: "refused", answer: found };
      const row = found;
      const source = mirrorsOf(index).find(({ id }) => id === row.indexId);
      if (source === undefined) return undefined;
      return isSibling ? findSibling(index, source, row) : findFile(index, source, row);
    },
  };
}

/** The project that a wheel or an sdist belongs to, by its name alone. */
function projectIn(filename: string): NormalizedName | undefined {
  if (Buffer.byteLength(filename) > NAME_LIMIT) return undefined;
  try {
    const { name } = filename.endsWith(".whl") ? parseWheelFilename(filename) : parseSdistFilename(filename);
    return isValidName(name) ? name : undefined;
  } catch (error) {
    if (error instanceof InvalidText) return undefined;
    throw error;
  }
}
