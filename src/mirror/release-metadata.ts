import { createHash } from "node:crypto";
import type { ReleaseMetadata, Source } from "../indexes/index.ts";
import {
  bytesOfBuffer,
  InvalidArchive,
  type NormalizedName,
  readWheelMetadata as readMetadataOfWheel,
  readSdist,
} from "../packaging-standards/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { FileGone, type TroubleKind, UpstreamTrouble, unavailable } from "./errors.ts";
import { metadataOfFile } from "./metadata-of-file.ts";
import { findRelease, type MetadataFile, saveRelease } from "./release-queries.ts";
import { storable } from "./storable.ts";
import type { UpstreamClient } from "./upstream-client.ts";

type MetadataClient = Pick<UpstreamClient, "getReleaseMetadata" | "getSmallFile" | "openFile">;

export interface ReleaseMetadataDeps<Client extends MetadataClient> {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws UpstreamTrouble where there is no asking, as with `--offline`. */
  readonly clientOf: (source: Source) => Client | Promise<Client>;
  /** METADATA of a wheel by range requests; undefined where the upstream serves none. */
  readonly readWheelMetadata: (client: Client, url: string, filename: string) => Promise<Uint8Array | undefined>;
}

/** Bytes that a metadata sibling may have, and a file that is fetched whole for the metadata in it. */
const SIBLING_LIMIT = 8 * 1024 ** 2;
const WHOLE_LIMIT = 32 * 1024 ** 2;
/** Wheels of one release say the same, as a rule: when two say nothing, so do the others. */
const WHEELS = 2;
/** Trouble that is an answer all the same: it would be the same the next time. */
const LASTING: ReadonlySet<TroubleKind> = new Set(["refused", "wrong-type", "invalid", "too-large", "wrong-digest"]);

/** Finds the core metadata of upstream releases. One per process that talks to upstreams. */
export function createReleaseMetadata<Client extends MetadataClient>(deps: ReleaseMetadataDeps<Client>) {
  const { db, clock, log, clientOf, readWheelMetadata } = deps;
  const underWay = new Map<string, Promise<boolean>>();

  /** Every way to the metadata of a release, the cheapest first. */
  function waysTo(client: Client, name: NormalizedName, version: string, files: readonly MetadataFile[]) {
    const wheels = files.filter(({ packagetype }) => packagetype === "bdist_wheel");
    const sdists = files.filter(({ packagetype }) => packagetype === "sdist");
    const some = wheels.toSorted((a, b) => Number(b.hasMetadata) - Number(a.hasMetadata)).slice(0, WHEELS);
    return [
      () => client.getReleaseMetadata(name, version),
      ...some.filter((wheel) => wheel.hasMetadata).map((wheel) => () => readSibling(client, wheel)),
      ...some.map((wheel) => () => readByRanges(client, wheel)),
      ...sdists.map((sdist) => () => readWholeSdist(client, sdist)),
      ...some.map((wheel) => () => readWholeWheel(client, wheel)),
    ];
  }

  async function readSibling(client: Client, wheel: MetadataFile): Promise<ReleaseMetadata> {
    const url = new URL(wheel.url);
    url.pathname += ".metadata";
    const contents = await client.getSmallFile(url.href, SIBLING_LIMIT);
    mustBe(wheel.metadataSha256, contents, `${wheel.filename}.metadata`);
    return metadataOfFile(contents);
  }

  async function readByRanges(client: Client, wheel: MetadataFile): Promise<ReleaseMetadata | undefined> {
    const contents = await readWheelMetadata(client, wheel.url, wheel.filename);
    return contents && metadataOfFile(contents);
  }

  async function fetchRelease(source: Source, name: NormalizedName, version: string): Promise<boolean> {
    const key = { indexId: source.id, name };
    const { metadata, files } = await findRelease(db, key, version);
    if (metadata !== null) return true;
    if (files.length === 0) return false;
    let trouble: UpstreamTrouble | undefined;
    try {
      const client = await clientOf(source);
      for (const ask of waysTo(client, name, version, files)) {
        try {
          const found = await ask();
          if (found === undefined) continue;
          await saveRelease(db, key, version, storableMetadata(found), clock.now());
          return true;
        } catch (error) {
          if (error instanceof FileGone || error instanceof InvalidArchive) continue;
          if (!(error instanceof UpstreamTrouble)) throw error;
          const fields = { index: source.name, project: name, version, trouble: error.kind };
          log.debug(fields, `one way to the metadata of ${name} ${version} leads nowhere: ${error.message}`);
          if (!LASTING.has(error.kind)) trouble ??= error;
        }
      }
    } catch (error) {
      if (!(error instanceof UpstreamTrouble)) throw error;
      trouble = error;
    }
    if (trouble !== undefined) throw unavailable(`The metadata of ${name} ${version}`, trouble);
    return false;
  }

  return {
    /**
     * Sees to it that the metadata of a release stands in `upstream_releases`: from the upstream's JSON API, else from a wheel, else
     * from the source distribution. False where none can be had. Throws UpstreamUnavailable when the upstream cannot be asked.
     */
    fetchReleaseMetadata(source: Source, name: NormalizedName, version: string): Promise<boolean> {
      const key = `${source.id} ${name} ${version}`;
      const current = underWay.get(key);
      if (current !== undefined) return current;
      const started = fetchRelease(source, name, version).finally(() => underWay.delete(key));
      underWay.set(key, started);
      return started;
    },
  };
}

/** Only uploads are shown where the rules for archives are explained. */
const ARCHIVE_OPTIONS = { archivesUrl: "the help page" };

async function readWholeSdist(client: MetadataClient, sdist: MetadataFile): Promise<ReleaseMetadata | undefined> {
  const contents = await readWhole(client, sdist);
  if (contents === undefined) return undefined;
  return metadataOfFile((await readSdist(bytesOfBuffer(contents), sdist.filename, ARCHIVE_OPTIONS)).pkgInfo);
}

async function readWholeWheel(client: MetadataClient, wheel: MetadataFile): Promise<ReleaseMetadata | undefined> {
  const contents = await readWhole(client, wheel);
  if (contents === undefined) return undefined;
  return metadataOfFile(await readMetadataOfWheel(bytesOfBuffer(contents), wheel.filename, ARCHIVE_OPTIONS));
}

/** A file whole; undefined when it is too large for that. */
async function readWhole(client: MetadataClient, file: MetadataFile): Promise<Buffer | undefined> {
  if ((file.size ?? 0) > WHOLE_LIMIT) return undefined;
  const { size, body } = await client.openFile(file.url);
  const parts: Buffer[] = [];
  let length = 0;
  try {
    if ((size ?? 0) > WHOLE_LIMIT) return undefined;
    for await (const part of body) {
      parts.push(part);
      length += part.length;
      if (length > WHOLE_LIMIT) return undefined;
    }
  } finally {
    body.destroy();
  }
  const contents = Buffer.concat(parts);
  mustBe(file.sha256, contents, file.filename);
  return contents;
}

function mustBe(sha256: string | null, contents: Buffer, what: string): void {
  if (sha256 === null || createHash("sha256").update(contents).digest("hex") === sha256) return;
  throw new UpstreamTrouble("wrong-digest", `${what} has other bytes than its index promises.`);
}

function storableMetadata(metadata: ReleaseMetadata): ReleaseMetadata {
  return JSON.parse(JSON.stringify(metadata, (_, value) => (typeof value === "string" ? storable(value) : value)));
}
