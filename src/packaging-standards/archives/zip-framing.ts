import { type Bytes, createWindow } from "./bytes.ts";
import { NotAccepted } from "./invalid-archive.ts";
import { UNREADABLE_FLAGS, UTF8_FLAG, type ZipEntry } from "./zip-directory.ts";
import { checkCentralExtra, checkName, readLocalExtra } from "./zip-extra.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END64 = 0x06064b50;
const LOCATOR = 0x07064b50;
const END = 0x06054b50;

/** What a local header says that the directory must repeat. */
interface LocalHeader {
  readonly at: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
}

interface DirectoryNumbers {
  readonly records: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Reads a zip front to back, record by record, and demands that it holds exactly what the central directory said: a
 * reader that streams and one that starts at the end must see the same files. `prefix` is what the directory's reader
 * added to every offset. Throws NotAccepted with the reason.
 */
export async function checkZipFraming(bytes: Bytes, directory: readonly ZipEntry[], prefix: number): Promise<void> {
  const { held, read } = createWindow(bytes);
  const take = async (offset: number, length: number): Promise<Buffer> => {
    const taken = await read(offset, length);
    if (taken.length < length) throw malformed();
    return taken;
  };
  const announced = new Map(directory.map((entry) => [entry.rawName, entry]));
  const local = new Map<string, LocalHeader>();
  const central = new Set<string>();
  let directoryOffset: number | undefined;
  let directorySize = 0;
  let end64: { readonly numbers: DirectoryNumbers; readonly at: number } | undefined;
  let hasLocator = false;

  for (let at = 0; ; ) {
    const signature = (held(at, 4) ?? (await take(at, 4))).readUInt32LE(0);
    if (end64 !== undefined && signature !== (hasLocator ? END : LOCATOR)) throw malformed();
    switch (signature) {
      case LOCAL: {
        if (directoryOffset !== undefined) throw malformed();
        const header = held(at, 30) ?? (await take(at, 30));
        const length = header.readUInt16LE(26) + header.readUInt16LE(28);
        const rest = held(at + 30, length) ?? (await take(at + 30, length));
        at += 30 + length + checkLocal(header, rest, at, announced, local);
        break;
      }
      case CENTRAL: {
        directoryOffset ??= at;
        const header = held(at, 46) ?? (await take(at, 46));
        const length = header.readUInt16LE(28) + header.readUInt16LE(30);
        const rest = held(at + 46, length) ?? (await take(at + 46, length));
        checkCentral(header, rest, directory[central.size], prefix, local, central);
        directorySize += 46 + length;
        at += 46 + length;
        break;
      }
      case END64: {
        end64 = { numbers: readEnd64(await take(at, 56)), at };
        at += 56;
        break;
      }
      case LOCATOR: {
        if (end64 === undefined || hasLocator) throw malformed();
        const record = await take(at, 20);
        if (safe(record.readBigUInt64LE(8)) !== end64.at) throw malformed();
        hasLocator = true;
        at += 20;
        break;
      }
      case END: {
        const counted = { records: central.size, size: directorySize, offset: directoryOffset ?? end64?.at ?? at };
        const record = await take(at, 22);
        checkEnd(record, end64?.numbers, counted);
        const stop = at + 22 + record.readUInt16LE(20);
        if (stop > bytes.size) throw malformed();
        if (stop < bytes.size) throw new NotAccepted("Trailing data");
        return;
      }
      default:
        throw new NotAccepted("Unknown record signature");
    }
  }
}

/** Checks one local header, and the name and extra after it, against the directory; answers with the length of its data. */
function checkLocal(
  header: Buffer,
  rest: Buffer,
  at: number,
  announced: ReadonlyMap<string, ZipEntry>,
  seen: Map<string, LocalHeader>,
): number {
  const flags = header.readUInt16LE(6);
  const method = header.readUInt16LE(8);
  const crc = header.readUInt32LE(14);
  const plain = { compressedSize: header.readUInt32LE(18), size: header.readUInt32LE(22), method };
  const nameLength = header.readUInt16LE(26);
  if (flags & 0x08) throw new NotAccepted("ZIP contains a data descriptor");
  const rawName = rest.toString("latin1", 0, nameLength);
  checkName(rest, nameLength, "Filename not unicode");
  const { compressedSize, size } = readLocalExtra(rest, nameLength, plain);
  const entry = announced.get(rawName);
  if (entry === undefined) throw new NotAccepted("Filename not in central directory");
  if (seen.has(rawName)) throw new NotAccepted("Duplicate filename in local headers");
  if (compressedSize !== entry.compressedSize) throw new NotAccepted("Mis-matched data size");
  if (size !== entry.size) throw new NotAccepted("Mis-matched file size");
  seen.set(rawName, { at, flags, method, crc });
  return compressedSize;
}

/** Checks one record of the directory, and the name and extra after it, against what the other reader made of it. */
function checkCentral(
  header: Buffer,
  rest: Buffer,
  entry: ZipEntry | undefined,
  prefix: number,
  local: ReadonlyMap<string, LocalHeader>,
  seen: Set<string>,
): void {
  const nameLength = header.readUInt16LE(28);
  if (header.readUInt16LE(32) !== 0) throw new NotAccepted("Comment in central directory");
  const rawName = rest.toString("latin1", 0, nameLength);
  checkName(rest, nameLength, "Filename not unicode");
  if (seen.has(rawName)) throw new NotAccepted("Duplicate filename in central directory");
  const found = local.get(rawName);
  if (found === undefined) throw new NotAccepted("Missing filename in local headers");
  checkCentralExtra(rest, nameLength, header);
  // Not in the reference: these too decide what a reader makes of the entry.
  if (entry?.rawName !== rawName) throw malformed();
  if ((entry.flags | found.flags) & UNREADABLE_FLAGS) throw new NotAccepted("Encrypted members are not allowed");
  // Without the flag Python takes the bytes for another alphabet, and stumbles where the two headers disagree.
  if (rawName !== entry.name && (entry.flags ^ found.flags) & UTF8_FLAG) throw new NotAccepted("Mis-matched filename");
  if (entry.method !== found.method) throw new NotAccepted("Mis-matched compression method");
  if (entry.crc !== found.crc) throw new NotAccepted("Mis-matched checksum");
  if (entry.headerOffset - prefix !== found.at) throw new NotAccepted("Mis-matched header offset");
  seen.add(rawName);
}

function readEnd64(record: Buffer): DirectoryNumbers {
  if (safe(record.readBigUInt64LE(4)) !== 44) throw new NotAccepted("ZIP64 extensible data not allowed");
  const records = safe(record.readBigUInt64LE(32));
  if (safe(record.readBigUInt64LE(24)) !== records) throw malformed();
  return { records, size: safe(record.readBigUInt64LE(40)), offset: safe(record.readBigUInt64LE(48)) };
}

/** The ZIP64 numbers win; a plain number beside them must be the same or say "look there" (all ones). */
function checkEnd(record: Buffer, long: DirectoryNumbers | undefined, counted: DirectoryNumbers): void {
  const plain = { records: record.readUInt16LE(10), size: record.readUInt32LE(12), offset: record.readUInt32LE(16) };
  if (record.readUInt16LE(8) !== plain.records) throw malformed();
  const said = long ?? plain;
  for (const [key, ones] of [
    ["records", 0xffff],
    ["offset", 0xffffffff],
    ["size", 0xffffffff],
  ] as const) {
    const hides = long !== undefined && plain[key] !== ones && plain[key] !== long[key];
    if (said[key] !== counted[key] || hides) throw new NotAccepted(`Mismatched central directory ${key}`);
  }
}

/** A number that no file can reach is as good as a short read. */
function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed();
  return Number(value);
}

function malformed(): NotAccepted {
  return new NotAccepted("Malformed zip file");
}
