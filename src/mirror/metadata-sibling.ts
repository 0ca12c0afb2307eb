import { insertBlob } from "../files/index.ts";
import type { Source } from "../indexes/index.ts";
import { type Bytes, InvalidArchive, readWheelMetadata as readMetadataOf } from "../packaging-standards/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import { digestBytes } from "../platform/crypto/digest.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { changeFile } from "./change-file.ts";
import type { Downloads } from "./download.ts";
import { FileGone, UpstreamTrouble, unavailable } from "./errors.ts";
import type { ColdFileAddress } from "./fetcher.ts";
import { findPromisedFiles, type PromisedFile, setLacksMetadata, setMetadataKept } from "./kept-queries.ts";
import { openUpstreamBytes } from "./upstream-bytes.ts";
import type { UpstreamClient } from "./upstream-client.ts";

/** Bytes that a metadata sibling may have, as those of an uploaded wheel. */
const LARGEST = 8 * 1024 * 1024;
/** Only uploaders are shown where the rules for archives are explained. */
const ARCHIVE_OPTIONS = { archivesUrl: "the help page" };

/**
 * METADATA of an upstream's wheel by a few range requests; undefined where it serves no ranges. Throws InvalidArchive for what
 * is no wheel of that name, UpstreamTrouble, FileGone.
 */
export async function readWheelMetadata(
  client: Pick<UpstreamClient, "readRange">,
  url: string,
  filename: string,
): Promise<Uint8Array | undefined> {
  const bytes = await openUpstreamBytes(client, url);
  return bytes && readMetadataOf(bytes, filename, ARCHIVE_OPTIONS);
}

export interface MetadataSiblingDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly downloads: Pick<Downloads, "open">;
}

/** Gets metadata siblings (PEP 658): the upstream's own where it has one, else out of the wheel. Each once. */
export function createMetadataSiblings({ db, store, clock, log, downloads }: MetadataSiblingDeps) {
  const underWay = new Map<string, Promise<boolean>>();

  async function fetchSibling(source: Source, file: ColdFileAddress, client: UpstreamClient): Promise<boolean> {
    const [row] = await findPromisedFiles(db, [source.id], file);
    if (row === undefined || row.lacksMetadata) return false;
    if (row.metadataBlob !== null) return true;
    const isWheel = row.filename.endsWith(".whl");
    const theirs = row.hasMetadata ? await fetchTheirs(source, row, client) : undefined;
    const metadata = theirs ?? (isWheel ? await readOut(source, row, client) : undefined);
    if (metadata === undefined) {
      await changeFile(db, source, row.project, clock.now(), (trx) => setLacksMetadata(trx, source, row));
      return false;
    }
    const kept = await store.putBytes(metadata);
    await changeFile(db, source, row.project, clock.now(), async (trx) => {
      await insertBlob(trx, store, kept);
      await setMetadataKept(trx, source, row, kept.blake2b);
      // A page shows the digest that the upstream says, whatever is kept here.
      return false;
    });
    return true;
  }

  /** The upstream's own; undefined when it is not there, or not what was promised. */
  async function fetchTheirs(source: Source, row: PromisedFile, client: UpstreamClient): Promise<Buffer | undefined> {
    try {
      const bytes = await client.getSmallFile(siblingOf(row.url), LARGEST);
      if (await isPromised(row, bytes)) return bytes;
      alarm(source, row);
    } catch (error) {
      if (!(error instanceof FileGone)) throw error;
    }
    return undefined;
  }

  /** Out of the wheel: from its bytes here, a few of them there, or all of them, fetched for this. Undefined for a broken one. */
  async function readOut(source: Source, row: PromisedFile, client: UpstreamClient): Promise<Uint8Array | undefined> {
    try {
      const metadata =
        (row.blob && (await readKept(row.blob.blake2b, row.filename))) ??
        (await readWheelMetadata(client, row.url, row.filename)) ??
        (await readKept(await fetchWhole(source, row, client), row.filename));
      if (await isPromised(row, metadata)) return metadata;
      alarm(source, row);
      throw new UpstreamTrouble("wrong-digest", "it has other bytes than its index promises");
    } catch (error) {
      if (!(error instanceof InvalidArchive) && !(error instanceof FileGone)) throw error;
      log.debug({ err: error, file: row.filename }, `${row.filename} of ${source.name} has no metadata`);
      return undefined;
    }
  }

  async function readKept(blake2b: string, filename: string): Promise<Uint8Array> {
    await using reader = await store.open(blake2b);
    const bytes: Bytes = reader;
    return await readMetadataOf(bytes, filename, ARCHIVE_OPTIONS);
  }

  async function fetchWhole(source: Source, row: PromisedFile, client: UpstreamClient): Promise<string> {
    const file = await downloads.open(source, row, client);
    while (file.growth.kind === "grown") await file.changed(file.growth);
    if (file.growth.kind === "failed") throw new UpstreamTrouble("truncated", file.growth.message);
    return file.growth.blake2b;
  }

  function alarm({ name }: Source, { filename, project }: PromisedFile): void {
    log.error(
      { index: name, project, file: `${filename}.metadata`, alarm: "wrong-digest" },
      `${name} has other metadata than it promises for ${filename} of ${project}`,
    );
  }

  return {
    /** As `Fetcher.fetchMetadataSibling`, from a client of the source's upstream. */
    async fetch(source: Source, file: ColdFileAddress, client: UpstreamClient): Promise<boolean> {
      const key = `${source.id}/${file.address}/${file.filename}`;
      const found = underWay.get(key);
      if (found !== undefined) return found;
      const started = fetchSibling(source, file, client)
        .catch((error: unknown) => {
          throw error instanceof UpstreamTrouble ? unavailable(`${file.filename}.metadata`, error) : error;
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, started);
      return started;
    },
  };
}

async function isPromised({ metadataSha256 }: PromisedFile, bytes: Uint8Array): Promise<boolean> {
  return metadataSha256 === null || (await digestBytes(bytes)).sha256 === metadataSha256;
}

/** PEP 658: the address of the file with `.metadata` behind it; a query stays a query. */
function siblingOf(url: string): string {
  const sibling = new URL(url);
  sibling.pathname += ".metadata";
  return sibling.href;
}
