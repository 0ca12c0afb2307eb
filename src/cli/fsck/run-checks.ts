import { markFound, markLost, sweepOrphans, verifyBlob } from "../../files/index.ts";
import type { DigestPool } from "../../platform/crypto/digest-pool.ts";
import type { Db } from "../../platform/db/pool.ts";
import type { BlobStore } from "../../platform/storage/blob-store.ts";
import type { Progress } from "../progress.ts";
import { CommandFailed } from "../terminal.ts";
import { type CheckedFiles, checkFiles } from "./check-files.ts";
import { checkJournal } from "./check-journal.ts";
import type { Finding } from "./finding.ts";
import { checkRows, countBlobs } from "./queries.ts";

export interface CheckOptions {
  readonly db: Db;
  readonly store: BlobStore;
  readonly digests: DigestPool;
  readonly now: Temporal.Instant;
  readonly isDeep: boolean;
  /** Marks what is missing or broken as lost, and what was found again as stored. */
  readonly mayRepair: boolean;
  /** Removes bytes that nothing names, once they are a day old. */
  readonly maySweep: boolean;
  /** Tells servers that send these bytes from memory. */
  readonly announceLost: (blake2b: string) => Promise<void>;
  readonly startProgress: (title: string, total: { readonly things: number; readonly bytes: number }) => Progress;
}

export interface Report {
  readonly checked: { readonly files: number; readonly bytes: number; readonly projects: number };
  readonly findings: readonly Finding[];
  readonly repaired: { readonly lost: number; readonly found: number; readonly removed: number };
}

/** All checks; the catalogue may be in use meanwhile. Throws CommandFailed for a repair that would mark everything as lost. */
export async function runChecks(options: CheckOptions): Promise<Report> {
  const { db, store, isDeep, now, startProgress } = options;
  const progress = startProgress(isDeep ? "reading files" : "looking at files", await countBlobs(db));
  const files = await checkFiles({ ...options, progress }).finally(() => progress.end());
  const repaired = options.mayRepair ? await repair(options, files) : { lost: 0, found: 0 };
  const removed = options.maySweep ? await sweepOrphans(db, store, now.subtract({ hours: 24 })) : 0;
  const journal = await checkJournal(db, isDeep);
  return {
    checked: { files: files.count, bytes: files.bytes, projects: journal.count },
    findings: [...files.findings, ...(await checkRows(db)), ...journal.findings],
    repaired: { ...repaired, removed },
  };
}

async function repair({ db, store, digests, announceLost }: CheckOptions, { bad, found, count }: CheckedFiles) {
  if (count > 0 && bad.length === count) {
    throw new CommandFailed(
      `All ${count} files are missing or broken: that is a disk that is not mounted, or the wrong --files. Nothing was marked`,
    );
  }
  let lost = 0;
  for (const row of bad) {
    // They may have been uploaded again since.
    if ((await verifyBlob(store, digests, row)) === "sound") continue;
    await markLost(db, store, row.blake2b);
    await announceLost(row.blake2b);
    lost += 1;
  }
  for (const blake2b of found) await markFound(db, blake2b);
  return { lost, found: found.length };
}
