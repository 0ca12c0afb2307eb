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
  await walk(bytes, end, (record) => entries.push(readEntry(record, end.prefix)));
  return entries;
}

/** One entry of the directory by its name, without keeping the others; of two the later. Throws as `readZipDirectory`. */
export async function findZipEntry(bytes: Bytes, end: ZipEnd, name: string): Promise<ZipEntry | undefined> {
  const wanted = Buffer.from(name);
  let found: ZipEntry | undefined;
  await walk(bytes, end, (record) => {
    const length = record.readUInt16LE(28);
    if (length !== wanted.length || record.compare(wanted, 0, length, HEADER_LENGTH, HEADER_LENGTH + length) !== 0)
      return;
    found = readEntry(record, end.prefix);
  });
  return found;
}

/** Hands every record to `visit`, header, name, extra and comment. */
async function walk(bytes: Bytes, end: ZipEnd, visit: (record: Buffer) => void): Promise<void> {
  const { directoryStart, directorySize, prefix } = end;
  if (prefix < 0 || directoryStart < 0 || directoryStart + directorySize > bytes.size) throw zipUnreadable();
  if (directorySize > MAX_NAMES) throw new NotAccepted("Too many members");
  let count = 0;
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = 0;
  let at = 0;
  while (at < directorySize) {
    let record = chunk.subarray(at - chunkStart);
    if (record.length < HEADER_LENGTH || record.length < recordLength(record)) {
      chunk = asBuffer(await bytes.read(directoryStart + at, Math.min(CHUNK, directorySize - at)));
      chunkStart = at;
      record = chunk;
    }
    if (record.length < HEADER_LENGTH || record.readUInt32LE(0) !== DIRECTORY_SIGNATURE) throw zipUnreadable();
    const length = recordLength(record);
    if (length > record.length || record.readUInt8(6) > MAX_VERSION) throw zipUnreadable();
    if (++count > MAX_MEMBERS) throw new NotAccepted("Too many members");
    visit(record.subarray(0, length));
    at += length;
  }
}

/** Never more than 196,651 bytes, so that a record fits into one chunk. */
function recordLength(record: Buffer): number {
  return HEADER_LENGTH + record.readUInt16LE(28) + record.readUInt16LE(30) + record.readUInt16LE(32);
}

function readEntry(record: Buffer, prefix: number): ZipEntry {
  const nameEnd = HEADER_LENGTH + record.readUInt16LE(28);
  const rawName = record.toString("latin1", HEADER_LENGTH, nameEnd);
  const name = record.toString("utf8", HEADER_LENGTH, nameEnd);
  const sizes = readSizes(record, record.subarray(nameEnd, nameEnd + record.readUInt16LE(30)));
  return {
    name,
    rawName: rawName === name ? name : rawName,
    flags: record.readUInt16LE(8),
    method: record.readUInt16LE(10),
    crc: record.readUInt32LE(16),
    size: sizes.size,
    compressedSize: sizes.compressedSize,
    headerOffset: sizes.offset + prefix,
  };
}

/** Sizes and offset, taken from the ZIP64 extra where the header holds 0xFFFFFFFF (APPNOTE 4.5.3). */
function readSizes(record: Buffer, extra: Buffer): { size: number; compressedSize: number; offset: number } {
  const plain = [record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)] as const;
  let zip64 = findExtra(extra, 0x0001);
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
