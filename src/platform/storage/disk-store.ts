import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock/clock.ts";
import type { Measured } from "../crypto/digest.ts";
import { createDigestPool, type DigestPool } from "../crypto/digest-pool.ts";
import type { Log } from "../log/log.ts";
import { clearFolder, publicFiles } from "../shelf/shelf-folders.ts";
import type { BlobReader, BlobStat, BlobStore, Received } from "./blob-store.ts";
import { type DiskHandle, type DiskOperations, type FileStat, nodeDisk } from "./disk-operations.ts";
import { createDurableFolders, makeFolderDurably } from "./durable-folders.ts";
import { BlobConflict, BlobMissing, errorCode, InsufficientStorage, translateDiskError } from "./errors.ts";
import { createHeldFile } from "./held-file.ts";
import { listBlobs } from "./list-blobs.ts";
import { receiveBody } from "./receive-body.ts";
import { createTemporaryFiles, type TemporaryFile } from "./temporary-files.ts";

/** What a store on a disk can do besides. */
export interface DiskStore extends BlobStore {
  path(blake2b: string): string;
  /** Removes what killed processes left in `tmp/`; returns how many files. For the start of a server. */
  sweepTemporary(): Promise<number>;
  /** Ends the hashing threads. */
  close(): Promise<void>;
}

export interface DiskStoreDeps {
  readonly log: Log;
  /** Bytes that must stay free. */
  readonly minFree?: number;
  readonly clock?: Clock;
  readonly digests?: DigestPool;
  readonly disk?: DiskOperations;
}

const MIN_FREE = 256 * 1024 * 1024;

/**
 * Bytes under `{root}/blobs/{aa}/{bb}/{rest}`, temporary files under `{root}/tmp`, evidence of broken files under
 * `{root}/conflicts`; all on one file system that knows hard links. The folders are made here.
 */
export async function createDiskStore(root: string, deps: DiskStoreDeps): Promise<DiskStore> {
  const { log, minFree = MIN_FREE, clock = systemClock, digests = createDigestPool(), disk = nodeDisk } = deps;
  const blobs = join(root, "blobs");
  const temporaryFolder = join(root, "tmp");
  const conflicts = join(root, "conflicts");
  for (const folder of [blobs, temporaryFolder, conflicts]) await makeFolderDurably(disk, folder);
  const folders = createDurableFolders(disk, blobs);
  const temporary = createTemporaryFiles({ disk, folder: temporaryFolder, clock, log });

  const path = (blake2b: string) => join(blobs, blake2b.slice(0, 2), blake2b.slice(2, 4), blake2b.slice(4));
  const evidencePath = (blake2b: string) => join(conflicts, `${blake2b}-${randomBytes(6).toString("hex")}`);

  async function ensureSpace(announced: number): Promise<void> {
    if ((await disk.freeSpace(temporaryFolder)) - announced < minFree) throw new InsufficientStorage();
  }

  async function statFile(blake2b: string): Promise<FileStat | undefined> {
    try {
      return await disk.stat(path(blake2b));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Gives the temporary file its final name too. Throws BlobConflict where other bytes have that name. */
  async function link(from: string, { blake2b, size }: Measured): Promise<void> {
    const final = path(blake2b);
    for (let attempt = 1; ; attempt++) {
      try {
        return await disk.link(from, final);
      } catch (error) {
        if (attempt === 3) throw error;
        if (errorCode(error) === "ENOENT") {
          await folders.make(blake2b);
          continue;
        }
        if (errorCode(error) !== "EEXIST") throw error;
      }
      const there = await statFile(blake2b);
      // Removed between the two steps by the sweep of orphans: link again.
      if (!there) continue;
      if (there.size === size) return touch(final, there);
      const evidence = evidencePath(blake2b);
      await disk.rename(from, evidence);
      throw new BlobConflict(blake2b, there.size, size, evidence);
    }
  }

  /** Moves `ctime` and nothing else, so that a sweep of old orphans spares bytes that are about to be listed. */
  async function touch(final: string, { mode }: FileStat): Promise<void> {
    await disk.chmod(final, mode & 0o7777).catch((error: unknown) => {
      if (errorCode(error) !== "EPERM") throw error;
    });
  }

  async function keep(file: TemporaryFile, measured: Measured): Promise<Measured> {
    try {
      await file.handle.sync();
      await file.close();
      await link(file.path, measured);
      await Promise.all([folders.settle(measured.blake2b), file.remove()]);
      return measured;
    } catch (error) {
      await file.remove();
      throw translateDiskError(error);
    }
  }

  /**
   * Bytes that had more than one name may be served by a web server without asking us. Under which addresses is not known
   * here, so all goes: what was taken away too much comes back when it is asked for.
   */
  async function takeFromShelf(names: number): Promise<void> {
    if (names > 1) await (await clearFolder(publicFiles(root)))?.removal;
  }

  const store: DiskStore = {
    async receive(stream, options) {
      let file: TemporaryFile | undefined;
      let digester: Awaited<ReturnType<DigestPool["open"]>> | undefined;
      try {
        // No more than the limit is ever kept, whatever a sender announces.
        await ensureSpace(Math.min(options.expectedLength ?? 0, options.limit));
        // Whoever reads along reads a file.
        const isHeld = options.onWritten === undefined;
        file = isHeld ? createHeldFile(temporary.newPath(), temporary.create) : await temporary.create();
        digester = await digests.open(options.expectedLength);
        const measured = await receiveBody(stream, file, digester, options, ensureSpace);
        return received(file, measured, keep);
      } catch (error) {
        digester?.abandon();
        await file?.remove();
        throw translateDiskError(error);
      }
    },
    async putBytes(bytes) {
      const whole = (async function* () {
        yield bytes;
      })();
      const taken = await store.receive(whole, { limit: bytes.byteLength, expectedLength: bytes.byteLength });
      return taken.keep();
    },
    async stat(blake2b) {
      const found = await statFile(blake2b);
      return found && blobStat(found);
    },
    async open(blake2b) {
      try {
        return await openFile(disk, path(blake2b));
      } catch (error) {
        throw isMissing(error) ? new BlobMissing(blake2b, { cause: error }) : error;
      }
    },
    path,
    list: (after = "") => listBlobs(disk, blobs, after),
    async remove(blake2b) {
      try {
        const { nlink } = await disk.stat(path(blake2b));
        await disk.unlink(path(blake2b));
        await takeFromShelf(nlink);
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async setAside(blake2b) {
      const evidence = evidencePath(blake2b);
      try {
        await disk.rename(path(blake2b), evidence);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      await takeFromShelf((await disk.stat(evidence)).nlink);
      return evidence;
    },
    ensureSpace,
    sweepTemporary: () => temporary.sweep(),
    close: () => digests.close(),
  };
  return store;
}

function received(
  file: TemporaryFile,
  { size, ...digests }: Measured,
  keep: (file: TemporaryFile, measured: Measured) => Promise<Measured>,
): Received {
  let kept: Promise<Measured> | undefined;
  async function discard(): Promise<void> {
    if (kept === undefined) await file.remove();
    else await kept.catch(() => {});
  }
  return {
    size,
    digests,
    read: (offset, length) => readAll(file.handle, offset, length),
    keep() {
      kept ??= keep(file, { size, ...digests });
      return kept;
    },
    discard,
    [Symbol.asyncDispose]: discard,
  };
}

async function openFile(disk: DiskOperations, path: string): Promise<BlobReader> {
  const handle = await disk.open(path, "r");
  const { size } = await handle.stat();
  return {
    size,
    read: (offset, length) => readAll(handle, offset, length),
    close: () => handle.close(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function readAll(handle: DiskHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; ; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    done += bytesRead;
    if (bytesRead === 0 || done === length) return bytes.subarray(0, done);
  }
}

function blobStat({ size, ctimeMs }: FileStat): BlobStat {
  return { size, keptAt: Temporal.Instant.fromEpochMilliseconds(Math.floor(ctimeMs)) };
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}
