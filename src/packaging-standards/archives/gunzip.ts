import { Readable } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { Bytes } from "./bytes.ts";
import { decompressedLimit, tarUnreadable, tooCompressed } from "./invalid-archive.ts";

const PIECE = 64 * 1024;

/** Whether the bytes start as gzip data (RFC 1952). */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** What the first 4 KiB of gzip data decompress to, up to about 4 MiB; empty when they cannot be decompressed. */
export function gunzipStart(start: Uint8Array): Buffer {
  try {
    return gunzipSync(start.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * Gzip data decompressed piece by piece, by range and in little memory. Throws InvalidArchive at damaged data, at an end
 * that comes too early, and as soon as the whole exceeds 50 times the compressed size and 64 MiB.
 */
export async function* gunzip(bytes: Bytes): AsyncGenerator<Buffer, void, undefined> {
  const limit = decompressedLimit(bytes.size);
  const unzip = createGunzip({ chunkSize: PIECE });
  const source = Readable.from(pieces(bytes), { objectMode: false });
  source.on("error", (error) => unzip.destroy(error));
  source.pipe(unzip);
  let total = 0;
  try {
    for await (const chunk of unzip) {
      total += chunk.length;
      if (total > limit) throw tooCompressed();
      yield chunk;
    }
  } catch (error) {
    throw isDamage(error) ? tarUnreadable(error) : error;
  } finally {
    source.destroy();
    unzip.destroy();
  }
}

async function* pieces(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.size; at += PIECE) yield await bytes.read(at, Math.min(PIECE, bytes.size - at));
}

/** zlib's own errors; anything else comes from reading the bytes and is not the archive's fault. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
