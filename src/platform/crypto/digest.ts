import { createHash } from "node:crypto";
import { createBLAKE2b, type IHasher } from "hash-wasm";

/** Three digests of the same bytes, lowercase hex. */
export interface Digests {
  /** BLAKE2b with 256 bits of output and no key (RFC 7693): where the bytes are stored and addressed. */
  readonly blake2b: string;
  readonly sha256: string;
  readonly md5: string;
}

export interface Measured extends Digests {
  /** In bytes. */
  readonly size: number;
}

export interface Digester {
  /** Hashes the bytes before it returns: the caller may reuse them. */
  update(chunk: Uint8Array): void;
  /** To be called once; the digester is spent after it. */
  finish(): Measured;
}

/** A WebAssembly instance is worth keeping: making one costs more than hashing a small file. */
const idle: IHasher[] = [];
const IDLE_AT_MOST = 16;

/** All three digests in one pass over the bytes, in the calling thread: about 6 ms per megabyte. */
export async function createDigester(): Promise<Digester> {
  // Node's own BLAKE2b knows 512 bits only, and a truncated one is another function.
  const blake2b = (idle.pop() ?? (await createBLAKE2b(256))).init();
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  let size = 0;
  return {
    update(chunk) {
      blake2b.update(chunk);
      sha256.update(chunk);
      md5.update(chunk);
      size += chunk.byteLength;
    },
    finish() {
      const digests = { blake2b: blake2b.digest("hex"), sha256: sha256.digest("hex"), md5: md5.digest("hex") };
      if (idle.length < IDLE_AT_MOST) idle.push(blake2b);
      return { ...digests, size };
    },
  };
}

export async function digestBytes(bytes: Uint8Array): Promise<Measured> {
  const digester = await createDigester();
  digester.update(bytes);
  return digester.finish();
}
