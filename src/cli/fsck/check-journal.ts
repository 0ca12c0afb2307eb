import { isDeepStrictEqual } from "node:util";
import { applyChange, listChanges, type State } from "../../journal/index.ts";
import type { Db } from "../../platform/db/pool.ts";
import { findReleaseMetadata, readProjectPage, rebuildPage } from "../../projects/index.ts";
import { type Finding, problem } from "./finding.ts";
import { listIndexes, listNames, type Subject, sampleSubjects } from "./queries.ts";

const PAGE = 500;
/** Enough to notice what is wrong everywhere. */
const SAMPLE = 200;

export interface CheckedJournal {
  readonly count: number;
  readonly findings: readonly Finding[];
}

/** Rebuilds pages from the journal and compares them with the rows: all of them, or a sample. */
export async function checkJournal(db: Db, isDeep: boolean): Promise<CheckedJournal> {
  const findings: Finding[] = [];
  let count = 0;
  for await (const subject of isDeep ? allSubjects(db) : await sampleSubjects(db, SAMPLE)) {
    count += 1;
    findings.push(...(await checkSubject(db, subject)));
  }
  return { count, findings };
}

async function* allSubjects(db: Db): AsyncGenerator<Subject> {
  for (const { id: indexId, name: index } of await listIndexes(db)) {
    for (let after = ""; ; ) {
      const names = await listNames(db, indexId, after, PAGE);
      for (const name of names) yield { indexId, index, name };
      const last = names.at(-1);
      if (last === undefined || names.length < PAGE) break;
      after = last;
    }
  }
}

/** One snapshot for rows and journal, so that uploads may go on. */
function checkSubject(db: Db, { indexId, index, name }: Subject): Promise<readonly Finding[]> {
  const subject = `${index}/${name}`;
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      const page = await readProjectPage(trx, indexId, name);
      let state: State = new Map();
      for (const { change } of await listChanges(trx, indexId, name, Number.MAX_SAFE_INTEGER)) {
        state = applyChange(state, change);
      }
      // A wrong serial has a check of its own.
      const rebuilt = rebuildPage(name, page?.serial ?? 0, state);
      const differs = (what: string) => [
        problem("journal-differs", subject, `${what} of ${subject} is not what its journal says`),
      ];
      if (!isDeepStrictEqual(plain(page), plain(rebuilt?.page))) return differs("The page");
      if (!page || !rebuilt) return [];
      for (const { version } of page.releases) {
        const metadata = await findReleaseMetadata(trx, indexId, name, version);
        if (!isDeepStrictEqual(plain(metadata), plain(rebuilt.metadata.get(version))))
          return differs(`Release ${version}`);
      }
      return [];
    });
}

/** The prototypes that a database driver gives to its rows are no difference. */
const plain = (value: object | undefined): unknown => value && JSON.parse(JSON.stringify(value));
