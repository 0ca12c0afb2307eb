import type { Readable } from "node:stream";
import type { Digests, Measured } from "../crypto/digest.ts";

/**
 * Bytes, once per content, named by their BLAKE2b-256 (lowercase hex, 64 characters). What is kept never changes.
 * Every implementation passes `blob-store.contract.ts`.
 */
export interface BlobStore {
  /**
   * Takes in a stream of unknown honesty: hashed and counted as it comes, kept nowhere visible.
   * Throws FileTooLarge at the first byte over the limit, InsufficientStorage, or the stream's own error; whatever
   * is thrown, nothing is left behind. The stream is then paused, not destroyed: the caller drains or destroys it.
   */
  receive(stream: Readable | AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Received>;
  /** Keeps a few bytes that are in memory already. They are durable when this returns. */
  putBytes(bytes: Uint8Array): Promise<Measured>;
  /** What is kept under that digest, by size alone; undefined when nothing is. */
  stat(blake2b: string): Promise<BlobStat | undefined>;
  /** To be closed by the caller. Throws BlobMissing. */
  open(blake2b: string): Promise<BlobReader>;
  /** Where a file on this machine holds exactly these bytes, if they are kept; undefined for a store without files. */
  path(blake2b: string): string | undefined;
  /** Every digest that is kept, in ascending order, greater than `after`. */
  list(after?: string): AsyncIterable<StoredBlob>;
  /** Forgets the bytes; false if there were none. Only for who has made sure, under a lock, that nobody is promised them. */
  remove(blake2b: string): Promise<boolean>;
  /** Moves bytes that are not what their name says out of the way, so that the right ones can be kept again; says where to. */
  setAside(blake2b: string): Promise<string | undefined>;
  /** Throws InsufficientStorage when so many more bytes would leave too little space. */
  ensureSpace(announced: number): Promise<void>;
}

export interface ReceiveOptions {
  /** Bytes at most. */
  readonly limit: number;
  /**
   * About how many bytes will come, such as the Content-Length of the whole request. Decides where hashing happens
   * and is checked against the free space; more or fewer bytes are no error.
   */
  readonly expectedLength?: number | undefined;
  /** Sees every chunk after it was counted; what it throws ends the reception. */
  readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
  /**
   * Lets others read what is there so far: told of the file on this machine that the bytes go to when it was made, and after
   * each write, at most 64 KiB apart, of how many it holds. They stay in it until the reception is kept or discarded.
   */
  readonly onWritten?: ((path: string, written: number) => void) | undefined;
}

/** Received bytes that are not visible to anyone yet. Ends with `keep` or `discard`, or both: `await using` discards what was not kept. */
export interface Received extends AsyncDisposable {
  readonly size: number;
  readonly digests: Digests;
  /** Up to `length` bytes from `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Makes the bytes durable under their digest; they are when this returns. Throws InsufficientStorage. */
  keep(): Promise<Measured>;
  /** Removes them without a trace. Does nothing after `keep`. Never throws. */
  discard(): Promise<void>;
}

export interface BlobReader extends AsyncDisposable {
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

export interface BlobStat {
  readonly size: number;
  /** When the bytes were last kept, also when they were there already. */
  readonly keptAt: Temporal.Instant;
}

export interface StoredBlob extends BlobStat {
  readonly blake2b: string;
}

const BLAKE2B = /^[0-9a-f]{64}$/;

export function isBlake2b(text: string): boolean {
  return BLAKE2B.test(text);
}
