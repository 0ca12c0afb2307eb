import type { Source } from "../indexes/index.ts";
import { appendToJournal } from "../journal/index.ts";
import { type NormalizedName, normalizeName } from "../packaging-standards/index.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { distributionOf } from "./distribution-of.ts";
import { UpstreamTrouble } from "./errors.ts";
import { insertFiles, listKnownFiles, unlistFiles, updateFiles } from "./file-queries.ts";
import { type NamedFile, type Plan, planRefresh } from "./plan-refresh.ts";
import * as queries from "./project-queries.ts";
import { storableOrNull } from "./storable.ts";
import type { PageAnswer } from "./upstream-client.ts";
import type { ListedFile, UpstreamPage } from "./upstream-page.ts";

/** An upstream that keeps saying something older for so long has been set back: then it is believed. */
const DISBELIEF = Temporal.Duration.from({ hours: 24 });
/** Names asked for in vain are remembered for this long after the answer expired, and then swept out, a few at a time. */
const FORGET_AFTER = Temporal.Duration.from({ hours: 1 });
const SWEPT_AT_ONCE = 20;

/** An answer about a project, and what was known of it when it was asked for. */
export interface Question {
  readonly source: Source;
  readonly name: NormalizedName;
  readonly before: queries.KnownProject | undefined;
  readonly times: queries.Times;
}

export type ApplyAnswer = ReturnType<typeof createApplyAnswer>;

/**
 * Writes what an upstream said, each answer in one transaction, with one line in the journal when any page will look different. An
 * answer that somebody else's overtook is dropped. Throws UpstreamTrouble for a page that cannot be believed.
 */
export function createApplyAnswer({ db, log }: { db: Db; log: Log }) {
  function tellJournal(trx: Db, { source, name, times }: Question, displayName: string): Promise<unknown> {
    return appendToJournal(
      trx,
      {
        indexId: source.id,
        projectId: null,
        name: displayName,
        normalizedName: name,
        actorId: null,
        at: times.checkedAt,
      },
      [{ version: null, action: "mirror", change: {} }],
    );
  }

  async function applyAbsent(question: Question): Promise<void> {
    const { source, name, before, times } = question;
    const key = { indexId: source.id, name };
    const isGone = await db.transaction().execute(async (trx) => {
      const locked = await queries.lockProject(trx, key, before, times);
      if (locked === undefined) return false;
      await queries.saveAbsent(trx, key, times);
      if (locked.state === "absent") return false;
      await tellJournal(trx, question, locked.displayName);
      return true;
    });
    if (isGone) {
      log.warn({ index: source.name, project: name }, `the upstream of ${source.name} does not have ${name} any more`);
    } else if (before === undefined) {
      await queries.deleteForgotten(db, times.checkedAt.subtract(FORGET_AFTER), SWEPT_AT_ONCE);
    }
  }

  async function applyPage(question: Question, answer: PageAnswer & { kind: "page" }): Promise<void> {
    const { source, name, times } = question;
    const key = { indexId: source.id, name };
    const files = filesOf(name, answer.page);
    mustBeAboutIt(question, answer.page, files);
    const plan = await db.transaction().execute(async (trx) => {
      const locked = await queries.lockProject(trx, key, question.before, times);
      if (locked === undefined) return undefined;
      const facts = factsOf(name, answer, locked);
      const planned = planRefresh(await listKnownFiles(trx, key), files);
      const isFirst = locked.lastSerial === 0;
      const sight = { at: times.checkedAt, isBaseline: isFirst };
      const { added, changed, vanished } = planned;
      const inserted = added.length === 0 ? 0 : await insertFiles(trx, key, added, sight);
      if (changed.length > 0) await updateFiles(trx, source.id, changed);
      if (vanished.length > 0) await unlistFiles(trx, source.id, vanished);
      await queries.saveFound(trx, key, facts, times);
      const isSame = locked.state === "found" && looksSame(locked, facts) && !planned.isVisible && inserted === 0;
      if (!isSame) await tellJournal(trx, question, facts.displayName);
      return planned;
    });
    if (plan !== undefined) warnOfReplaced(question, plan);
  }

  /** Throws UpstreamTrouble for a page that is older than what is known, and for one that is another project's. */
  function mustBeAboutIt({ source, name, before, times }: Question, page: UpstreamPage, files: readonly NamedFile[]) {
    if (page.files.length > 0 && files.length === 0) {
      throw new UpstreamTrouble("not-an-index-page", `The page of ${name} lists no file of ${name}, only others.`);
    }
    const known = before?.upstreamSerial ?? null;
    if (known === null || page.serial === null || page.serial >= known) return;
    const failedAt = before?.failedAt ?? times.checkedAt;
    if (Temporal.Instant.compare(failedAt.add(DISBELIEF), times.checkedAt) > 0) {
      throw new UpstreamTrouble("older", `The page of ${name} is of serial ${page.serial}, and ${known} is known.`);
    }
    log.warn(
      { index: source.name, project: name, known, serial: page.serial },
      `the upstream of ${source.name} went back to an older page of ${name} and stayed there: now it is believed`,
    );
  }

  function warnOfReplaced({ source, name }: Question, { replaced }: Plan): void {
    for (const { filename, before, now } of replaced) {
      log.warn(
        { index: source.name, project: name, file: filename, before: before.sha256, now: now.sha256 },
        `${filename} has other bytes than before, says the upstream of ${source.name}: someone may have replaced it`,
      );
    }
  }

  return async (question: Question, answer: PageAnswer): Promise<void> => {
    if (answer.kind === "page") return applyPage(question, answer);
    if (answer.kind === "absent") return applyAbsent(question);
    const { source, name, before, times } = question;
    if (before?.state !== "found") throw new UpstreamTrouble("invalid", `The page of ${name} is said to be unchanged.`);
    await queries.saveUnchanged(db, { indexId: source.id, name }, before, times);
  };
}

function factsOf(
  name: NormalizedName,
  { page, validators }: PageAnswer & { kind: "page" },
  known: queries.KnownProject,
): queries.ProjectFacts {
  return {
    // An upstream that tells the normalised name only, or in this form of its page, does not say how the project spells it.
    displayName:
      page.displayName !== name && normalizeName(page.displayName) === name ? page.displayName : known.displayName,
    status: page.status,
    statusReason: storableOrNull(page.statusReason),
    upstreamSerial: page.serial,
    etag: storableOrNull(validators.etag),
    lastModified: storableOrNull(validators.lastModified),
  };
}

function looksSame(known: queries.KnownProject, facts: queries.ProjectFacts): boolean {
  return (
    known.displayName === facts.displayName &&
    known.status === facts.status &&
    known.statusReason === facts.statusReason
  );
}

/** The project's own files; of two with one name the first. */
function filesOf(name: NormalizedName, { files }: UpstreamPage): readonly NamedFile[] {
  const byName = new Map<string, ListedFile>();
  for (const file of files) if (!byName.has(file.filename)) byName.set(file.filename, file);
  return [...byName.values()].flatMap((listed) => {
    const distribution = distributionOf(name, listed.filename);
    return distribution === undefined ? [] : [{ listed, distribution }];
  });
}
