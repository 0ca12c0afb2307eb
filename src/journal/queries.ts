import "./tables.ts";
import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";
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
  readonly projectId: string;
  readonly name: string;
  readonly normalizedName: string;
  readonly actorId: string | null;
  readonly at: Temporal.Instant;
}

/**
 * Writes the lines of one act, in order. Call it as the last statement before COMMIT: from here on every other writer of
 * the journal waits, so that serials grow in the order of commits. Returns the highest serial.
 */
export async function appendToJournal(db: Db, subject: Subject, entries: readonly Entry[]): Promise<number> {
  const { rows } = await sql<{ serial: number }>`
    insert into journal (index_id, project_id, name, normalized_name, version, action, actor_id, at, change)
    select ${subject.indexId}::uuid, ${subject.projectId}::uuid, ${subject.name}, ${subject.normalizedName},
           line.version, line.action, ${subject.actorId}::uuid, ${subject.at.toString()}::timestamptz, line.change
    from rows from (jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as (version text, action text, change jsonb))
         with ordinality as line(version, action, change, position)
    order by line.position
    returning serial`.execute(db);
  return Math.max(...rows.map((row) => row.serial));
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
