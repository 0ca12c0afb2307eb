import { asBuffer, type Bytes } from "./bytes.ts";

/** What the records at the end of a zip say about its central directory (APPNOTE 4.3.14–4.3.16). */
export interface ZipEnd {
  /** Where the directory starts, found from the end as most readers do: leading bytes do not shift it. */
  readonly directoryStart: number;
  readonly directorySize: number;
  /** Entries that are announced; what is there may differ. */
  readonly count: number;
  /** Bytes before the archive proper: zero in an honest file. */
  readonly prefix: number;
  /** The end record's two disk numbers agree. */
  readonly isSingleDisk: boolean;
}

const END_LENGTH = 22;
const LOCATOR_LENGTH = 20;
const END64_LENGTH = 56;
const END_SIGNATURE = Buffer.from("PK\x05\x06", "latin1");
export const DIRECTORY_SIGNATURE = 0x02014b50;

/** The end records of a zip, looked for in its last 65,557 bytes; undefined when there are none. */
export async function findZipEnd(bytes: Bytes): Promise<ZipEnd | undefined> {
  const tailLength = Math.min(bytes.size, END_LENGTH + 0xffff);
  const tailStart = bytes.size - tailLength;
  const short = asBuffer(await bytes.read(bytes.size - Math.min(bytes.size, 4096), Math.min(bytes.size, 4096)));
  if (isPlainEnd(short)) return readEnd(bytes, bytes.size - END_LENGTH, short.subarray(-END_LENGTH));
  const tail = asBuffer(await bytes.read(tailStart, tailLength));
  const at = tail.lastIndexOf(END_SIGNATURE);
  if (at < 0 || at + END_LENGTH > tail.length) return undefined;
  return readEnd(bytes, tailStart + at, tail.subarray(at, at + END_LENGTH));
}

/** Whether other tools would take the bytes for a zip: end records that point to a directory. */
export async function looksLikeZip(bytes: Bytes): Promise<boolean> {
  const end = await findZipEnd(bytes);
  if (end === undefined) return false;
  if (end.count === 0 && end.directorySize === 0 && end.directoryStart - end.prefix === 0) return true;
  if (!end.isSingleDisk || end.directoryStart < 0 || end.directorySize < 46) return false;
  const first = asBuffer(await bytes.read(end.directoryStart, 46));
  return first.length === 46 && first.readUInt32LE(0) === DIRECTORY_SIGNATURE;
}

/** An end record without a comment, right at the end. */
function isPlainEnd(tail: Buffer): boolean {
  const record = tail.subarray(-END_LENGTH);
  return record.length === END_LENGTH && record.indexOf(END_SIGNATURE) === 0 && record.readUInt16LE(20) === 0;
}

async function readEnd(bytes: Bytes, at: number, record: Buffer): Promise<ZipEnd> {
  const end64 = await findEnd64(bytes, at);
  if (end64 !== undefined) return readEnd64(end64.at, end64.record);
  const directorySize = record.readUInt32LE(12);
  const directoryStart = at - directorySize;
  return {
    directoryStart,
    directorySize,
    count: record.readUInt16LE(10),
    prefix: directoryStart - record.readUInt32LE(16),
    isSingleDisk: record.readUInt16LE(4) === record.readUInt16LE(6),
  };
}

/** The ZIP64 record: straight before its locator, or else where the locator says. */
async function findEnd64(bytes: Bytes, end: number): Promise<{ at: number; record: Buffer } | undefined> {
  const locatorAt = end - LOCATOR_LENGTH;
  if (locatorAt < END64_LENGTH) return undefined;
  const locator = asBuffer(await bytes.read(locatorAt, LOCATOR_LENGTH));
  if (locator.length < LOCATOR_LENGTH || locator.readUInt32LE(0) !== 0x07064b50) return undefined;
  // Of several disks, or on another one: no reader takes that.
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) return undefined;
  for (const at of [locatorAt - END64_LENGTH, Number(locator.readBigUInt64LE(8))]) {
    if (at > locatorAt - END64_LENGTH) continue;
    const record = asBuffer(await bytes.read(at, END64_LENGTH));
    if (record.length === END64_LENGTH && record.readUInt32LE(0) === 0x06064b50) return { at, record };
  }
  return undefined;
}

function readEnd64(at: number, record: Buffer): ZipEnd {
  const directorySize = Number(record.readBigUInt64LE(40));
  const directoryStart = at - directorySize;
  return {
    directoryStart,
    directorySize,
    count: Number(record.readBigUInt64LE(32)),
    prefix: directoryStart - Number(record.readBigUInt64LE(48)),
    isSingleDisk: record.readUInt32LE(16) === record.readUInt32LE(20),
  };
}
