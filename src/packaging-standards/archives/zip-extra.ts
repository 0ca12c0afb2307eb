import { isUtf8 } from "node:buffer";
import { NotAccepted } from "./invalid-archive.ts";

const ZIP64 = 0x0001;
const UNICODE_PATH = 0x7075;
const ONES = 0xffffffff;

interface LocalSizes {
  readonly compressedSize: number;
  readonly size: number;
}

/**
 * The extra fields of a local header (APPNOTE 4.5), which follow the name in `rest`: the entry's true sizes, and that no
 * unicode path (4.6.9) gives it a second name. Throws NotAccepted.
 */
export function readLocalExtra(
  rest: Buffer,
  nameLength: number,
  header: LocalSizes & { readonly method: number },
): LocalSizes {
  const { path, zip64 } = readFields(rest, nameLength, "Invalid duplicate extra in local file");
  if (path !== undefined) checkUnicodePath(path, rest.subarray(0, nameLength));
  return zip64 === undefined ? header : readZip64(zip64, header);
}

/**
 * The same of a record of the central directory, given its 46 bytes. The directory's reader takes the sizes; here a ZIP64
 * field that no number points to must not contradict them. Throws NotAccepted.
 */
export function checkCentralExtra(rest: Buffer, nameLength: number, record: Buffer): void {
  const { path, zip64 } = readFields(rest, nameLength, "Malformed zip file");
  if (path !== undefined) checkUnicodePath(path, rest.subarray(0, nameLength));
  if (zip64 === undefined) return;
  const plain = [24, 20, 42].map((at) => record.readUInt32LE(at));
  if (plain.includes(ONES)) return;
  for (let index = 0; index < 3 && zip64.length >= 8 * (index + 1); index++) {
    if (readLong(zip64, 8 * index) !== plain[index]) throw malformed();
  }
}

/** The two kinds of field that change what a reader sees; each at most once. */
interface Fields {
  zip64?: Buffer;
  path?: Buffer;
}

const NO_FIELDS: Fields = {};

/** The fields from `start` to the end of `rest`. */
function readFields(rest: Buffer, start: number, duplicate: string): Readonly<Fields> {
  if (start === rest.length) return NO_FIELDS;
  const fields: Fields = {};
  for (let at = start; at < rest.length; ) {
    if (rest.length - at < 4) throw malformed();
    const id = rest.readUInt16LE(at);
    const end = at + 4 + rest.readUInt16LE(at + 2);
    if (end > rest.length) throw malformed();
    const kind = id === ZIP64 ? "zip64" : id === UNICODE_PATH ? "path" : undefined;
    if (kind !== undefined) {
      if (fields[kind] !== undefined) throw new NotAccepted(duplicate);
      fields[kind] = rest.subarray(at + 4, end);
    }
    at = end;
  }
  return fields;
}

/** The first bytes are a name: no control characters, and UTF-8 whether or not the flag says so. Throws NotAccepted. */
export function checkName(bytes: Buffer, length: number, notUnicode: string): void {
  let isAscii = true;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte === 0x7f) throw new NotAccepted("Invalid character in filename");
    if (byte > 0x7f) isAscii = false;
  }
  if (!isAscii && !isUtf8(bytes.subarray(0, length))) throw new NotAccepted(notUnicode);
}

/** Stricter than the reference: a size that is not all ones must agree with the field that replaces it. */
function readZip64(field: Buffer, header: LocalSizes & { readonly method: number }): LocalSizes {
  const { compressedSize, size, method } = header;
  if (![0, 8, 16, 24, 28].includes(field.length)) throw malformed();
  if (field.length === 0) {
    if (compressedSize === ONES || size === ONES) throw malformed();
    return header;
  }
  if (field.length === 8 && method !== 0) throw malformed();
  const first = readLong(field, 0);
  const second = field.length === 8 ? first : readLong(field, 8);
  if ((size !== ONES && size !== first) || (compressedSize !== ONES && compressedSize !== second)) throw malformed();
  return { size: first, compressedSize: second };
}

function readLong(field: Buffer, at: number): number {
  const value = field.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed();
  return Number(value);
}

/** Version, CRC of the name, then the name again in UTF-8. A different one would be a second name for some readers. */
function checkUnicodePath(field: Buffer, name: Buffer): void {
  if (field.length < 5) throw malformed();
  const path = field.subarray(5);
  checkName(path, path.length, "Filename not valid UTF-8");
  if (!path.equals(name)) throw new NotAccepted("Mis-matched unicode filename");
}

function malformed(): NotAccepted {
  return new NotAccepted("Malformed zip file");
}
