import { asBuffer, type Bytes } from "./bytes.ts";
import { MAX_MEMBERS, MAX_NAMES, NotAccepted, zipUnreadable } from "./invalid-archive.ts";
import { DIRECTORY_SIGNATURE, type ZipEnd } from "./zip-end.ts";

/** One entry of a zip as its central directory describes it (APPNOTE 4.3.12). */
export interface ZipEntry {
  /** The name read as UTF-8, whatever the flag says. */
  readonly name: string;
  /** The name's bytes, one character each: the key to compare by. */
  readonly rawName: string;
  readonly flags: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where the entry's local header starts in the file. */
  readonly headerOffset: number;
}

/** Flag bits: encrypted, patched data, strongly encrypted, masked headers (APPNOTE 4.4.4). Readers give up on them. */
export const UNREADABLE_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000;
/** Flag bit: the name is UTF-8 (APPNOTE 4.4.4). */
export const UTF8_FLAG = 0x0800;

const HEADER_LENGTH = 46;
/** Version 6.3 of the format, the last that readers know. */
const MAX_VERSION = 63;
const CHUNK = 256 * 1024;

/**
 * The entries of the central directory, in its order, duplicates kept. Throws InvalidArchive where a reader would fail
 * (A11), NotAccepted when there are too many.
 */
export async function readZipDirectory(bytes: Bytes, end: ZipEnd): Promise<readonly ZipEntry[]> {
  const entries: ZipEntry[] = [];
  await walk(bytes, end, (chunk, at) => entries.push(readEntry(chunk, at, end.prefix)));
  return entries;
}

/** One entry of the directory by its name, without keeping the others; of two the later. Throws as `readZipDirectory`. */
export async function findZipEntry(bytes: Bytes, end: ZipEnd, name: string): Promise<ZipEntry | undefined> {
  const wanted = Buffer.from(name);
  let found: ZipEntry | undefined;
  await walk(bytes, end, (chunk, at) => {
    const length = chunk.readUInt16LE(at + 28);
    const name = at + HEADER_LENGTH;
    if (length !== wanted.length || chunk.compare(wanted, 0, length, name, name + length) !== 0) return;
    found = readEntry(chunk, at, end.prefix);
  });
  return found;
}

/** Hands every record to `visit`, header, name, extra and comment: a chunk that holds it whole, and where it starts there. */
async function walk(bytes: Bytes, end: ZipEnd, visit: (chunk: Buffer, at: number) => void): Promise<void> {
  const { directoryStart, directorySize, prefix } = end;
  if (prefix < 0 || directoryStart < 0 || directoryStart + directorySize > bytes.size) throw zipUnreadable();
  if (directorySize > MAX_NAMES) throw new NotAccepted("Too many members");
  let count = 0;
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = 0;
  let at = 0;
  while (at < directorySize) {
    if (lengthOfRecord(chunk, at - chunkStart) === undefined) {
      chunk = asBuffer(await bytes.read(directoryStart + at, Math.min(CHUNK, directorySize - at)));
      chunkStart = at;
    }
    const start = at - chunkStart;
    const length = lengthOfRecord(chunk, start);
    if (length === undefined || chunk.readUInt32LE(start) !== DIRECTORY_SIGNATURE) throw zipUnreadable();
    if (chunk.readUInt8(start + 6) > MAX_VERSION) throw zipUnreadable();
    if (++count > MAX_MEMBERS) throw new NotAccepted("Too many members");
    visit(chunk, start);
    at += length;
  }
}

/**
 * The length of the record at `at`, undefined when the chunk does not hold it whole. Never more than 196,651 bytes, so that
 * a record fits into one chunk.
 */
function lengthOfRecord(chunk: Buffer, at: number): number | undefined {
  if (at + HEADER_LENGTH > chunk.length) return undefined;
  const length =
    HEADER_LENGTH + chunk.readUInt16LE(at + 28) + chunk.readUInt16LE(at + 30) + chunk.readUInt16LE(at + 32);
  return at + length > chunk.length ? undefined : length;
}

/** The entry whose record starts at `at`. */
function readEntry(chunk: Buffer, at: number, prefix: number): ZipEntry {
  const nameAt = at + HEADER_LENGTH;
  const nameEnd = nameAt + chunk.readUInt16LE(at + 28);
  const rawName = chunk.toString("latin1", nameAt, nameEnd);
  const { size, compressedSize, offset } = readSizes(chunk, at, nameEnd);
  return {
    name: /[^\0-\x7f]/.test(rawName) ? chunk.toString("utf8", nameAt, nameEnd) : rawName,
    rawName,
    flags: chunk.readUInt16LE(at + 8),
    method: chunk.readUInt16LE(at + 10),
    crc: chunk.readUInt32LE(at + 16),
    size,
    compressedSize,
    headerOffset: offset + prefix,
  };
}

/** Sizes and offset, taken from the ZIP64 extra where the header holds 0xFFFFFFFF (APPNOTE 4.5.3). */
function readSizes(
  chunk: Buffer,
  at: number,
  extraAt: number,
): { readonly size: number; readonly compressedSize: number; readonly offset: number } {
  const plain = [chunk.readUInt32LE(at + 24), chunk.readUInt32LE(at + 20), chunk.readUInt32LE(at + 42)] as const;
  const extraLength = chunk.readUInt16LE(at + 30);
  if (extraLength === 0) return { size: plain[0], compressedSize: plain[1], offset: plain[2] };
  let zip64 = findExtra(chunk.subarray(extraAt, extraAt + extraLength), 0x0001);
  const [size, compressedSize, offset] = plain.map((value) => {
    if (value !== 0xffffffff || zip64 === undefined) return value;
    if (zip64.length < 8) throw zipUnreadable();
    const long = Number(zip64.readBigUInt64LE(0));
    zip64 = zip64.subarray(8);
    if (!Number.isSafeInteger(long)) throw zipUnreadable();
    return long;
  }) as [number, number, number];
  return { size, compressedSize, offset };
}

function findExtra(extra: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) throw zipUnreadable();
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, end);
  }
  return undefined;
}
