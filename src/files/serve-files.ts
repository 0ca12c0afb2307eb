import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { hostedIds, type Index } from "../indexes/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import { chooseCoding } from "../platform/http/accept-encoding.ts";
import type { Answer } from "../platform/http/answer.ts";
import type { Log } from "../platform/log/log.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { createByteCache } from "./byte-cache.ts";
import { coldAnswer, type Elsewhere } from "./elsewhere.ts";
import type { FileAddress } from "./file-address.ts";
import {
  fileAnswer,
  isMetadata,
  methodAnswer,
  noFileAnswer,
  type RequestHead,
  type ServedFile,
  type Visibility,
  type WholeFile,
  wholeFile,
} from "./file-answer.ts";
import { findListedBytes, type ListedBytes } from "./queries.ts";

export interface ServeFilesDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked for what was not uploaded to an index. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Bytes of memory for small files and for knowing where large ones are; 32 MiB unless told. */
  readonly memory?: number;
}

/** Files up to this size are sent from memory, larger ones from the disk. Metadata is, whatever its size. */
const SMALL = 128 * 1024;
/** What an address costs in memory besides the bytes: headers and keys. */
const OVERHEAD = 2048;
/** What an address means never changes, but bytes can be lost: how long another process may not know of it. */
const TRUSTED_FOR = Temporal.Duration.from({ seconds: 60 }).total("milliseconds");
const DEFAULT_MEMORY = 32 * 1024 * 1024;

const compress = promisify(gzip);

interface Known {
  /** Of the bytes that are sent. */
  readonly blake2b: string;
  readonly identity: WholeFile;
  /** Only for metadata, and only when it is smaller. */
  readonly gzip: WholeFile | undefined;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  /** How often everything was to be asked again before. */
  readonly turn: number;
  /** Of a file of an upstream: who else answers for that name decides whether it is served. */
  readonly project: string | undefined;
}

/** Nothing that could be remembered: it is asked for again each time. */
interface Passing {
  readonly answer: (request: RequestHead) => Promise<Answer>;
}

/** Stored bytes behind an address, and what names them in an ETag. */
interface Listed extends ListedBytes {
  readonly tag: string;
  readonly project: string | undefined;
}

export type ServeFiles = ReturnType<typeof createServeFiles>;

/** Answers for file addresses: from memory, from the disk, or with the reason why not. */
export function createServeFiles({ db, store, clock, log, elsewhere, memory = DEFAULT_MEMORY }: ServeFilesDeps) {
  const known = createByteCache<Known>(memory);
  const loading = new Map<string, Promise<Known | Passing | undefined>>();
  /** Counts what was forgotten, so that an older look-up does not bring it back. */
  let forgotten = 0;
  let turn = 0;
  /** Files of upstreams may be in memory. */
  let hasMirrors = false;

  const now = () => clock.now().epochMilliseconds;
  const visibilityOf = (index: Index): Visibility => (index.isPrivate ? "private" : "public");
  const keyOf = (index: Index, { blake2b, filename }: FileAddress) =>
    `${index.isPrivate ? "-" : "+"}${index.id}${blake2b}${filename}`;

  function answerFrom(request: RequestHead, { identity, gzip }: Known, visibility: Visibility): Answer {
    const isZipped = gzip !== undefined && chooseCoding(headerText(request.headers["accept-encoding"])) === "gzip";
    return fileAnswer(request, isZipped ? gzip : identity, visibility);
  }

  async function load(index: Index, address: FileAddress, key: string): Promise<Known | Passing | undefined> {
    const before = { forgotten, turn };
    const askedAt = now();
    const { filename } = address;
    const listed = (await findHosted(index, address)) ?? (await findElsewhere(index, address));
    if (listed === undefined || "answer" in listed) {
      known.delete(key);
      return listed;
    }
    const file: ServedFile = { filename, blake2b: listed.tag, listedAt: listed.listedAt };
    const visibility = visibilityOf(index);
    const body = await bodyOf(listed, isMetadata(filename));
    const zipped = isMetadata(filename) && Buffer.isBuffer(body) ? await compress(body) : undefined;
    const found: Known = {
      blake2b: listed.blake2b,
      identity: wholeFile(file, visibility, body),
      gzip: zipped && zipped.length < listed.size ? wholeFile(file, visibility, zipped, "gzip") : undefined,
      askedAt,
      turn: before.turn,
      project: listed.project,
    };
    const weight = OVERHEAD + (Buffer.isBuffer(body) ? body.length : 0) + (zipped?.length ?? 0);
    if (forgotten === before.forgotten) known.set(key, found, weight);
    return found;
  }

  async function findHosted(index: Index, { blake2b, filename }: FileAddress): Promise<Listed | undefined> {
    const ids = hostedIds(index);
    if (ids.length === 0) return undefined;
    const listed = isMetadata(filename)
      ? await findListedBytes(db, ids, blake2b, filename.slice(0, -".metadata".length), "metadata")
      : await findListedBytes(db, ids, blake2b, filename, "file");
    return listed && { ...listed, tag: listed.blake2b, project: undefined };
  }

  async function findElsewhere(index: Index, address: FileAddress): Promise<Listed | Passing | undefined> {
    if (elsewhere === undefined || index.sources.every(({ kind }) => kind === "hosted")) return undefined;
    hasMirrors = true;
    const found = await elsewhere.find(index, address);
    if (found === undefined) return undefined;
    // A file keeps its ETag when its bytes arrive here: until then its address is all that names them.
    const tag = isMetadata(address.filename) && found.kind === "kept" ? found.blake2b : address.blake2b;
    if (found.kind === "kept") return { ...found, tag };
    if (found.kind === "refused") return { answer: async () => found.answer };
    const visibility = visibilityOf(index);
    const file: ServedFile = { filename: address.filename, blake2b: tag, listedAt: found.listedAt };
    return {
      answer: async (request) => (await coldAnswer(request, file, visibility, found)) ?? noFileAnswer(visibility),
    };
  }

  async function bodyOf({ blake2b, size }: ListedBytes, mustBeInMemory: boolean): Promise<NonNullable<Answer["body"]>> {
    const path = store.path(blake2b);
    if (path !== undefined && size > SMALL && !mustBeInMemory) return { path, start: 0, end: size };
    await using reader = await store.open(blake2b);
    const bytes = await reader.read(0, size);
    if (bytes.length !== size) throw new Error(`${blake2b} is stored with ${bytes.length} bytes instead of ${size}`);
    return bytes;
  }

  function forgetWhere(isMeant: (entry: Known) => boolean): void {
    forgotten++;
    loading.clear();
    for (const [key, entry] of known.values()) if (isMeant(entry)) known.delete(key);
  }

  /** One look-up at a time per address. */
  function loadOnce(index: Index, address: FileAddress, key: string): Promise<Known | Passing | undefined> {
    const underWay = loading.get(key);
    if (underWay !== undefined) return underWay;
    const started = load(index, address, key).finally(() => {
      if (loading.get(key) === started) loading.delete(key);
    });
    loading.set(key, started);
    return started;
  }

  return {
    /** The answer if it takes no waiting; undefined sends the request to `answer`. */
    answerNow(request: RequestHead, index: Index, address: FileAddress): Answer | undefined {
      const refused = methodAnswer(request, visibilityOf(index));
      if (refused !== undefined) return refused;
      const found = known.get(keyOf(index, address));
      if (found === undefined || found.turn !== turn || now() - found.askedAt > TRUSTED_FOR) return undefined;
      return answerFrom(request, found, visibilityOf(index));
    },

    /** The answer in any case, 404 and 405 included. While the database is down, what is known goes on being served. */
    async answer(request: RequestHead, index: Index, address: FileAddress): Promise<Answer> {
      const immediate = this.answerNow(request, index, address);
      if (immediate !== undefined) return immediate;
      const key = keyOf(index, address);
      const last = known.get(key);
      const found = await loadOnce(index, address, key).catch((error: unknown) => {
        if (last === undefined) throw error;
        log.debug({ err: error, file: address.filename }, `sent ${address.filename} as it was last known`);
        return last;
      });
      if (found === undefined) return noFileAnswer(visibilityOf(index));
      return "answer" in found ? found.answer(request) : answerFrom(request, found, visibilityOf(index));
    },

    /** Changes may have been missed: what is in memory counts only where the database cannot be asked, and files of upstreams not even there. */
    askAgain(): void {
      turn++;
      forgetWhere(({ project }) => project !== undefined);
    },

    /** Something has changed that may decide who answers for a project's name, in whatever index. */
    projectChanged(project: string): void {
      if (hasMirrors) forgetWhere((entry) => entry.project === project);
    },

    /** Drops what is in memory about these bytes, after they were lost or deleted. */
    forget(blake2b: string): void {
      forgetWhere((entry) => entry.blake2b === blake2b);
    },
  };
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}
