import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { errorCode } from "../platform/storage/errors.ts";
import { noteGarbage } from "../platform/storage/garbage.ts";
import type { ColdFile } from "./fetcher.ts";

/** How far a download is: what one process tells another of it. */
export type Growth =
  /** So many bytes of the file at `path` may be read by whoever waits for them. */
  | { readonly kind: "grown"; readonly readable: number }
  /** All of it was found right and is kept. */
  | { readonly kind: "kept"; readonly blake2b: string; readonly size: number }
  /** Nothing of it is kept, and who has read some of it must hear that it was not all. */
  | { readonly kind: "failed"; readonly message: string };

/** A file that is read while it is written. */
export interface GrowingFile extends ColdFile {
  /** On this machine, while it grows; undefined for one that was kept before. */
  readonly path: string | undefined;
  /** Tells how far it is now; after `kept` and `failed` nothing more is listened to. */
  tell(growth: Growth): void;
  /** The last that was told. */
  readonly growth: Growth;
  /** Resolves when something else than `seen` was told. */
  changed(seen: Growth): Promise<void>;
}

/** A download broke off, or brought other bytes than were promised. Its message is safe to show. */
export class DownloadFailed extends Error {
  override readonly name = "DownloadFailed";
}

/** Bytes read at once; a reader holds two such pieces at most, however slow its client is. With 64 KiB it takes twice the CPU. */
const PIECE = 256 * 1024;

interface Source {
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * A file at `path` on this machine that somebody else writes. Every reader has a descriptor of its own and goes at its own pace.
 * `size` is null where nobody knows it yet.
 */
export function createGrowingFile(
  store: Pick<BlobStore, "open">,
  path: string | undefined,
  size: number | null,
  start: Growth = { kind: "grown", readable: 0 },
): GrowingFile {
  let growth = start;
  let change = Promise.withResolvers<void>();

  /** The file that is being written; when it has its final name already, the store's. */
  async function openSource(): Promise<Source> {
    for (;;) {
      const seen = growth;
      if (seen.kind === "kept") return store.open(seen.blake2b);
      if (seen.kind === "failed" || path === undefined) throw new DownloadFailed(failureOf(seen));
      try {
        return await openPath(path);
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
        // It was moved or removed a moment ago: which of the two is about to be told, or was while we asked.
        if (growth === seen) await change.promise;
      }
    }
  }

  async function* pieces(from: number, to: number): AsyncGenerator<Buffer> {
    const source = await openSource();
    try {
      for (let at = from; at < to; ) {
        const [seen, end] = [growth, Math.min(to, readableOf(growth))];
        if (seen.kind === "failed") throw new DownloadFailed(seen.message);
        if (at >= end && seen.kind === "kept") return;
        if (at >= end) {
          await change.promise;
          continue;
        }
        const bytes = await source.read(at, Math.min(PIECE, end - at));
        if (bytes.length === 0) throw new DownloadFailed(`The file ends after ${at} bytes instead of ${end}`);
        at += bytes.length;
        yield bytes;
        noteGarbage(bytes.length);
      }
    } finally {
      await source.close();
    }
  }

  return {
    path,
    get size() {
      return growth.kind === "kept" ? growth.size : size;
    },
    get growth() {
      return growth;
    },
    read: (from, to = Number.POSITIVE_INFINITY) =>
      Readable.from(pieces(from, to), { objectMode: false, highWaterMark: PIECE }),
    tell(next) {
      if (growth.kind !== "grown") return;
      growth = next;
      const told = change;
      change = Promise.withResolvers();
      told.resolve();
    },
    changed: (seen) => (seen === growth ? change.promise : Promise.resolve()),
  };
}

function readableOf(growth: Growth): number {
  if (growth.kind === "kept") return growth.size;
  return growth.kind === "grown" ? growth.readable : 0;
}

const failureOf = (growth: Growth) => (growth.kind === "failed" ? growth.message : "The download has no file");

async function openPath(path: string): Promise<Source> {
  const handle = await open(path, "r");
  return {
    async read(offset, length) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => handle.close(),
  };
}
