import { promisify } from "node:util";
import { crc32, inflateRaw, inflateRawSync } from "node:zlib";
import { asBuffer, type Bytes } from "./bytes.ts";
import { zipUnreadable } from "./invalid-archive.ts";
import { UNREADABLE_FLAGS, type ZipEntry } from "./zip-directory.ts";

/** So many bytes are unpacked where they are, in a fraction of a millisecond: handing them to a thread costs more. */
const INLINE_AT_MOST = 64 * 1024;

const inflateAll = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

/**
 * The contents of one entry, at most `limit` bytes. Throws InvalidArchive when it is longer than that or than announced,
 * shorter, encrypted, not deflate data, or has another CRC.
 */
export async function readZipMember(bytes: Bytes, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const { size, compressedSize, method } = entry;
  if (size > limit || entry.flags & UNREADABLE_FLAGS) throw zipUnreadable();
  // Deflate never makes more than this of `size` bytes; anything longer would be memory spent on padding.
  if (compressedSize > size + size / 8 + 1024) throw zipUnreadable();
  const header = asBuffer(await bytes.read(entry.headerOffset, 30));
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) throw zipUnreadable();
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const data = await bytes.read(start, compressedSize);
  if (data.length < compressedSize) throw zipUnreadable();
  const contents = method === 0 ? data : await inflate(data, size);
  if (contents.length !== size || crc32(contents) !== entry.crc) throw zipUnreadable();
  return contents;
}

async function inflate(data: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    const options = { maxOutputLength: Math.max(size, 1) };
    return size <= INLINE_AT_MOST ? inflateRawSync(data, options) : await inflateAll(data, options);
  } catch (error) {
    throw zipUnreadable(error);
  }
}
