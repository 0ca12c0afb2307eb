import { type BlobEntry, type BlobRow, isForgotten, listBlobs, verifyBlob } from "../../files/index.ts";
import type { DigestPool } from "../../platform/crypto/digest-pool.ts";
import type { Db } from "../../platform/db/pool.ts";
import type { BlobStore } from "../../platform/storage/blob-store.ts";
import { inParallel } from "../in-parallel.ts";
import type { Progress } from "../progress.ts";
import { type Finding, note, problem } from "./finding.ts";
import { listUsers } from "./queries.ts";

export interface FileCheck {
  readonly db: Db;
  readonly store: BlobStore;
  readonly digests: DigestPool;
  /** Reads every byte instead of comparing sizes. */
  readonly isDeep: boolean;
  readonly now: Temporal.Instant;
  readonly progress: Progress;
}

export interface CheckedFiles {
  readonly count: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** Rows that say "stored", whose bytes are missing or wrong. */
  readonly bad: readonly BlobRow[];
  /** Digests of rows that say "lost", whose bytes are there and right. Found only by a deep check. */
  readonly found: readonly string[];
}

const AT_ONCE = 4;

/** Rows against bytes, both ways. */
export async function checkFiles(check: FileCheck): Promise<CheckedFiles> {
  const findings: Finding[] = [];
  const bad: BlobRow[] = [];
  const found: string[] = [];
  let count = 0;
  let bytes = 0;
  await inParallel(listBlobs(check.db, check.store), AT_ONCE, async (entry) => {
    const { blake2b, row } = entry;
    if (row?.state === "stored") {
      count += 1;
      bytes += row.size;
      const finding = await checkStored(check, entry);
      if (finding) {
        bad.push(row);
        findings.push(finding);
      }
      check.progress.advance(row.size, 1);
    } else if (row?.state === "lost" && check.isDeep && entry.stored) {
      if ((await verifyBlob(check.store, check.digests, row)) !== "sound") return;
      found.push(blake2b);
      findings.push(note("found-bytes", blake2b, `${blake2b} counts as lost, and its bytes are there and right`));
    } else if (isForgotten(row) && entry.stored) {
      findings.push(describeOrphan(blake2b, row !== undefined, entry.stored.keptAt, check.now));
    }
  });
  return { count, bytes, findings, bad, found };
}

async function checkStored({ db, store, digests, isDeep }: FileCheck, entry: BlobEntry): Promise<Finding | undefined> {
  const { blake2b, row, stored } = entry;
  if (!row) return undefined;
  const say = async (code: string, what: string) => {
    const users = await listUsers(db, blake2b);
    return problem(code, blake2b, `${users.join(", ") || "A file that nothing names"}: ${what} (${blake2b})`);
  };
  if (!stored) return say("missing-bytes", "its bytes are missing");
  if (stored.size !== row.size) return say("wrong-size", `it has ${stored.size} bytes instead of ${row.size}`);
  if (!isDeep) return undefined;
  const verdict = await verifyBlob(store, digests, row);
  if (verdict === "missing") return say("missing-bytes", "its bytes are missing");
  return verdict === "broken" ? say("wrong-bytes", "its bytes are not those that were uploaded") : undefined;
}

/** Not a problem: what a crash between keeping and listing leaves, or in the middle of deleting, or an upload under way. */
function describeOrphan(blake2b: string, isDeleted: boolean, keptAt: Temporal.Instant, now: Temporal.Instant): Finding {
  const hours = Math.max(0, Math.floor(now.since(keptAt).total("hours")));
  if (isDeleted) return note("deleted-bytes", blake2b, `${blake2b} counts as deleted, and its bytes are still there`);
  return note("orphan", blake2b, `Nothing names ${blake2b}, kept ${hours} h ago`);
}
