import type { Source } from "../indexes/index.ts";
import { appendToJournal } from "../journal/index.ts";
import type { Db } from "../platform/db/pool.ts";
import { lockDisplayName } from "./kept-queries.ts";

/**
 * Changes what is known of a file in one transaction, behind its project's lock as everyone does who changes it. `change` says
 * whether pages look different now: then a line in the journal tells all who keep them. Does nothing for a project that has gone.
 */
export function changeFile(
  db: Db,
  source: Pick<Source, "id">,
  project: string,
  at: Temporal.Instant,
  change: (trx: Db) => Promise<boolean>,
): Promise<void> {
  return db.transaction().execute(async (trx) => {
    const displayName = await lockDisplayName(trx, source, project);
    if (displayName === undefined || !(await change(trx))) return;
    const subject = {
      indexId: source.id,
      projectId: null,
      name: displayName,
      normalizedName: project,
      actorId: null,
      at,
    };
    await appendToJournal(trx, subject, [{ version: null, action: "mirror", change: {} }]);
  });
}
