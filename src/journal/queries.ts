import "./tables.ts";
import type { Db } from "../platform/db/pool.ts";
import { run, type Statement, statement } from "../platform/db/statement.ts";
import type { Change } from "./change.ts";

/** One line of the journal, about to be written. Serial, the project's last serial and revisions follow by trigger. */
export interface Entry {
  readonly version: string | null;
  /** The reference's wording, which XML-RPC's changelog shows: `create`, `new release`, `add py3 file NAME` … */
  readonly action: string;
  readonly change: Change;
}

/** What a journal line is about. */
export interface Subject {
  readonly indexId: string;
  /** Null for a project of an upstream. */
  readonly projectId: string | null;
  readonly name: string;
  readonly normalizedName: string;
  readonly actorId: string | null;
  readonly at: Temporal.Instant;
}

/**
 * Writes the lines of one act, in order. The last statement before COMMIT, best sent together with it: from here on every other
 * writer of the journal waits, so that serials grow in the order of commits.
 */
export function journalLines(subject: Subject, entries: readonly Entry[]): Statement {
  return statement`
    insert into journal (index_id, project_id, name, normalized_name, version, action, actor_id, at, change)
    select ${subject.indexId}::uuid, ${subject.projectId}::uuid, ${subject.name}, ${subject.normalizedName},
           line.version, line.action, ${subject.actorId}::uuid, ${subject.at.toString()}::timestamptz, line.change
    from rows from (jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as (version text, action text, change jsonb))
         with ordinality as line(version, action, change, position)
    order by line.position`;
}

/** Writes them in a transaction that does nothing after it. */
export async function appendToJournal(trx: Db, subject: Subject, entries: readonly Entry[]): Promise<void> {
  await run(trx, journalLines(subject, entries));
}

/** A project's journal in order, up to and including `serial`: what its page at that moment is rebuilt from. */
export function listChanges(db: Db, indexId: string, normalizedName: string, serial: number) {
  return db
    .selectFrom("journal")
    .select(["serial", "action", "change"])
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", normalizedName)
    .where("serial", "<=", serial)
    .orderBy("serial")
    .execute();
}
