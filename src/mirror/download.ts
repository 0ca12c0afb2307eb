import { insertBlob } from "../files/index.ts";
import type { Source } from "../indexes/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Measured } from "../platform/crypto/digest.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { FileTooLarge, InsufficientStorage } from "../platform/storage/errors.ts";
import { changeFile } from "./change-file.ts";
import { FileGone, hasRoom, tooMany, UpstreamTrouble, UpstreamUnavailable, unavailable } from "./errors.ts";
import type { ColdFileAddress } from "./fetcher.ts";
import { createGrowingFile, DownloadFailed, type GrowingFile } from "./growing-file.ts";
import { findPromisedFiles, type PromisedFile, setKept } from "./kept-queries.ts";
import { createVerifier } from "./promised.ts";
import { createSlots, type Slots } from "./slots.ts";
import type { IncomingFile, UpstreamClient } from "./upstream-client.ts";

export interface DownloadDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after a file was kept, which takes room. */
  readonly onKept?: () => void;
}

/** Of one upstream at once; what comes later waits. */
const AT_ONCE = 16;
/** Bytes that a file may have. */
const LARGEST = 5 * 1024 ** 3;
/** Bytes at the end of a file that nobody gets before all of it was found right; a smaller file is held back whole. */
const HELD_BACK = 64 * 1024;
/** Seconds in which a file that came with wrong bytes is not asked for again. */
const SPOILED_FOR = 30;
const SPOILED_AT_MOST = 1000;
/** Seconds after which to ask again when the disk is full. */
const FULL_FOR = 60;

export type Downloads = ReturnType<typeof createDownloads>;

/** Fetches files of upstreams, each once however many ask for it, and keeps what was found right. */
export function createDownloads({ db, store, clock, log, onKept }: DownloadDeps) {
  const underWay = new Map<string, Promise<GrowingFile>>();
  const receiving = new Map<Promise<void>, IncomingFile>();
  const slots = new Map<string, Slots>();
  const spoiled = new Map<string, number>();
  let isClosed = false;

  const now = () => clock.now().epochMilliseconds;

  function slotsOf(source: Source): Slots {
    const found = slots.get(source.id) ?? createSlots(AT_ONCE);
    slots.set(source.id, found);
    return found;
  }

  function refuseSpoiled(key: string, filename: string): void {
    const left = Math.ceil(((spoiled.get(key) ?? 0) - now()) / 1000);
    if (left > 0) throw new UpstreamUnavailable(filename, "it sent other bytes than its index promises.", left);
    spoiled.delete(key);
  }

  function markSpoiled(key: string): void {
    const oldest = spoiled.keys().next();
    if (spoiled.size >= SPOILED_AT_MOST && !oldest.done) spoiled.delete(oldest.value);
    spoiled.set(key, now() + SPOILED_FOR * 1000);
  }

  async function begin(source: Source, file: ColdFileAddress, client: UpstreamClient, key: string) {
    const row = await getRow(source, file);
    if (row.blob !== null) return keptFile(store, row.blob);
    const release = await slotsOf(source).take();
    try {
      if (isClosed) throw new UpstreamTrouble("unreachable", "this server is stopping");
      await store.ensureSpace(row.size ?? 0);
      const incoming = await client.openFile(row.url);
      return await receive({ source, row, key, incoming, release });
    } catch (error) {
      release();
      throw explain(error, file.filename);
    }
  }

  async function getRow(source: Source, file: ColdFileAddress): Promise<PromisedFile> {
    const [row] = await findPromisedFiles(db, [source.id], file);
    if (row === undefined) throw new FileGone(`${source.name} lists no ${file.filename}`);
    return row;
  }

  interface Reception {
    readonly source: Source;
    readonly row: PromisedFile;
    readonly key: string;
    readonly incoming: IncomingFile;
    readonly release: () => void;
  }

  /** Resolves as soon as there is a file to read from; the rest goes on by itself. */
  function receive(reception: Reception): Promise<GrowingFile> {
    const { source, row, key, incoming, release } = reception;
    const size = row.size ?? incoming.size;
    const opened = Promise.withResolvers<GrowingFile>();
    let file: GrowingFile | undefined;
    const work = takeIn(reception, size, (path, written) => {
      file ??= createGrowingFile(store, path, size);
      file.tell({ kind: "grown", readable: Math.max(0, Math.min(written, (size ?? written) - HELD_BACK)) });
      opened.resolve(file);
    })
      .then(
        (kept) => {
          file?.tell({ kind: "kept", blake2b: kept.blake2b, size: kept.size });
          onKept?.();
          log.info(
            { index: source.name, project: row.project, file: row.filename, size: kept.size },
            `fetched ${row.filename} of ${source.name}`,
          );
        },
        (error: unknown) => {
          incoming.body.destroy();
          if (error instanceof UpstreamTrouble && error.kind === "wrong-digest") markSpoiled(key);
          report(error, reception);
          file?.tell({ kind: "failed", message: explain(error, row.filename).message });
          opened.reject(error);
        },
      )
      .finally(() => {
        release();
        underWay.delete(key);
        receiving.delete(work);
      });
    receiving.set(work, incoming);
    return opened.promise;
  }

  async function takeIn(
    { source, row, incoming }: Reception,
    size: number | null,
    onWritten: (path: string, written: number) => void,
  ): Promise<Measured> {
    if (incoming.size !== null && row.size !== null && incoming.size !== row.size) {
      throw new UpstreamTrouble("wrong-digest", `${incoming.size} bytes are offered instead of ${row.size}`);
    }
    const verifier = createVerifier(row);
    await using received = await store
      .receive(incoming.body, {
        limit: Math.min(size ?? LARGEST, LARGEST),
        expectedLength: size ?? undefined,
        onChunk: verifier.update,
        onWritten,
      })
      .catch((error: unknown) => {
        if (!(error instanceof FileTooLarge) || size === null || size > LARGEST) throw error;
        throw new UpstreamTrouble("wrong-digest", `more bytes came than the ${size} that were announced`);
      });
    const measured = { ...received.digests, size: received.size };
    if (size !== null && measured.size < size) {
      throw new UpstreamTrouble("truncated", `${measured.size} bytes came instead of ${size}`);
    }
    const mismatch = verifier.findMismatch(measured);
    if (mismatch !== undefined) throw new UpstreamTrouble("wrong-digest", mismatch);
    const kept = await received.keep();
    await list(source, row, kept).catch((error: unknown) => {
      // They are the right ones, so those who wait may have them; the next who asks fetches them anew.
      log.warn({ err: error, file: row.filename }, `could not write down that ${row.filename} is kept`);
    });
    return kept;
  }

  function list(source: Source, row: PromisedFile, kept: Measured): Promise<void> {
    const at = clock.now();
    return changeFile(db, source, row.project, at, async (trx) => {
      await insertBlob(trx, store, kept);
      await setKept(trx, source, row, { ...kept, at });
      // Pages say digest and size. Of bytes that were here before and were thrown away, they are known.
      return row.sha256 === null || row.size === null;
    });
  }

  function report(error: unknown, { source, row }: Reception): void {
    const fields = { index: source.name, project: row.project, file: row.filename };
    if (!(error instanceof UpstreamTrouble)) {
      log.error({ ...fields, err: error }, `could not keep ${row.filename} of ${source.name}`);
    } else if (error.kind === "wrong-digest") {
      log.error(
        { ...fields, alarm: "wrong-digest", mismatch: error.message },
        `${source.name} sent other bytes than it promises for ${row.filename} of ${row.project}: ${error.message}. They were not kept.`,
      );
    } else {
      log.warn(
        { ...fields, kind: error.kind },
        `${row.filename} did not come whole from ${source.name}: ${error.message}`,
      );
    }
  }

  return {
    /** As `Fetcher.openFile`, from a client of the source's upstream. */
    async open(source: Source, file: ColdFileAddress, client: UpstreamClient): Promise<GrowingFile> {
      const key = `${source.id}/${file.address}/${file.filename}`;
      refuseSpoiled(key, file.filename);
      const found = underWay.get(key);
      if (found !== undefined) return found;
      if (!hasRoom(underWay)) throw tooMany(file.filename);
      const begun = begin(source, file, client, key);
      underWay.set(key, begun);
      // A file that is here already, or cannot be had, is not under way; one that is stays so until it is kept.
      void begun.then(
        ({ growth }) => void (growth.kind !== "grown" && underWay.delete(key)),
        () => void underWay.delete(key),
      );
      return begun;
    },

    /** How many come at this moment. */
    count: () => receiving.size,

    /** Breaks off what is under way; nothing of it is kept. */
    async close(): Promise<void> {
      isClosed = true;
      const stopping = new UpstreamTrouble("unreachable", "this server is stopping");
      for (const { body } of receiving.values()) body.destroy(stopping);
      await Promise.all(receiving.keys());
    },
  };
}

function keptFile(
  store: BlobStore,
  { blake2b, size }: { readonly blake2b: string; readonly size: number },
): GrowingFile {
  return createGrowingFile(store, undefined, size, { kind: "kept", blake2b, size });
}

/** What whoever asked is told. */
function explain(error: unknown, filename: string): Error {
  if (error instanceof FileGone || error instanceof UpstreamUnavailable) return error;
  if (error instanceof UpstreamTrouble) return unavailable(filename, error);
  if (error instanceof InsufficientStorage) {
    return new UpstreamUnavailable(filename, "there is too little space on this server's disk.", FULL_FOR);
  }
  if (error instanceof FileTooLarge) {
    return new UpstreamUnavailable(filename, `it is larger than the ${LARGEST} bytes that are kept here.`, FULL_FOR);
  }
  return error instanceof Error ? error : new DownloadFailed(String(error));
}
