import { Readable } from "node:stream";
import { constants, crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { asBuffer, type Bytes } from "./bytes.ts";
import { decompressedLimit, tarUnreadable, tooCompressed } from "./invalid-archive.ts";

const PIECE = 64 * 1024;
/** A file name and a comment may stand in a gzip header; longer than this they are not worth reading. */
const MAX_HEADER = 4096;
/** Gzip members one after the other; honest files have one, and each costs a fresh decompressor. */
const MAX_GZIP_MEMBERS = 10_000;

/** Whether the bytes start as gzip data (RFC 1952). */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** What a piece of gzip data decompresses to, as far as it goes; empty when it cannot be. 8 KiB make at most 8 MiB. */
export function gunzipStart(start: Uint8Array): Buffer {
  const data = headerLength(asBuffer(start));
  if (data === undefined) return Buffer.alloc(0);
  try {
    return inflateRawSync(start.subarray(data), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * Gzip data decompressed piece by piece, by range and in little memory, one member after the other; what lies behind the
 * place where the caller stops is not looked at. (zlib's own gunzip gives up at once when a member is followed by junk,
 * which clients never come to see.) Throws InvalidArchive at damaged data, at an end that comes too early, and as soon as
 * the whole exceeds 50 times the compressed size and 64 MiB.
 */
export async function* gunzip(bytes: Bytes): AsyncGenerator<Buffer, void, undefined> {
  const limit = decompressedLimit(bytes.size);
  let total = 0;
  for (let at = 0, members = 0; at < bytes.size; members++) {
    if (members === MAX_GZIP_MEMBERS) throw tarUnreadable();
    const header = headerLength(asBuffer(await bytes.read(at, MAX_HEADER)));
    if (header === undefined) throw tarUnreadable();
    const inflater = createInflateRaw({ chunkSize: PIECE });
    const source = Readable.from(pieces(bytes, at + header), { objectMode: false });
    source.on("error", (error) => inflater.destroy(error));
    source.pipe(inflater);
    let crc = 0;
    let length = 0;
    try {
      for await (const chunk of inflater) {
        crc = crc32(chunk, crc);
        length += chunk.length;
        if (total + length > limit) throw tooCompressed();
        yield chunk;
      }
    } catch (error) {
      throw isDamage(error) ? tarUnreadable(error) : error;
    } finally {
      source.destroy();
      inflater.destroy();
    }
    total += length;
    at += header + inflater.bytesWritten;
    const trailer = asBuffer(await bytes.read(at, 8));
    if (trailer.length < 8 || trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32) {
      throw tarUnreadable();
    }
    at += 8;
  }
}

/** Length of a member's header (RFC 1952, 2.3); undefined when it is none. */
function headerLength(start: Buffer): number | undefined {
  if (start.length < 10 || !isGzip(start) || start[2] !== 8) return undefined;
  const flags = start.readUInt8(3);
  let at = 10;
  if (flags & 0x04) {
    if (start.length < 12) return undefined;
    at += 2 + start.readUInt16LE(10);
  }
  for (const flag of [0x08, 0x10]) {
    if (!(flags & flag)) continue;
    const end = start.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & 0x02) at += 2;
  return at < start.length ? at : undefined;
}

async function* pieces(bytes: Bytes, from: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = from; at < bytes.size; at += PIECE) yield await bytes.read(at, Math.min(PIECE, bytes.size - at));
}

/** zlib's own errors; anything else comes from reading the bytes and is not the archive's fault. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
