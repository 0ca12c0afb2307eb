import { crc32, deflateRawSync } from "node:zlib";

/** The fields of one of an entry's two headers that tests lie about. */
export interface ZipHeaderFields {
  readonly name: string | Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly extra: Uint8Array;
  /** Of the directory's record: where the local header is said to be. */
  readonly offset: number;
  readonly externalAttributes: number;
}

export interface ZipEntryInput {
  readonly name: string | Uint8Array;
  readonly contents?: string | Uint8Array;
  /** Deflated (method 8) or stored (method 0, the default). */
  readonly deflate?: boolean;
  /** What the local header says instead of the truth. */
  readonly local?: Partial<ZipHeaderFields>;
  /** What the central directory says instead of the truth. */
  readonly central?: Partial<ZipHeaderFields>;
  readonly comment?: string;
  /** Sizes after the data instead of before (flag bit 3), as streaming writers do. */
  readonly dataDescriptor?: boolean;
  readonly omitLocal?: boolean;
  readonly omitCentral?: boolean;
}

/** The numbers of the end records that tests lie about. */
export interface ZipEndFields {
  readonly recordsHere: number;
  readonly records: number;
  readonly size: number;
  readonly offset: number;
}

export interface ZipOptions {
  readonly prefix?: Uint8Array;
  readonly suffix?: Uint8Array;
  readonly comment?: string;
  /** Between the last entry's data and the directory. */
  readonly beforeDirectory?: Uint8Array;
  /** Writes the ZIP64 end record and its locator, with these lies. */
  readonly zip64?: Partial<ZipEndFields> & {
    readonly recordSize?: number;
    readonly extensible?: Uint8Array;
    readonly locatorOffset?: number;
    readonly omitLocator?: boolean;
  };
  readonly end?: Partial<ZipEndFields>;
  readonly omitEnd?: boolean;
}

const NOTHING = new Uint8Array();
/** 1980-01-01, the first day a zip can name. */
const DOS_DATE = 0x0021;

/**
 * A zip, byte for byte the same for the same input, with sizes written up front. Every header can be made to lie; what
 * nothing is said about is honest.
 */
export function buildZip(entries: readonly ZipEntryInput[], options: ZipOptions = {}): Buffer {
  const parts: Uint8Array[] = [options.prefix ?? NOTHING];
  const directory: Buffer[] = [];
  let offset = options.prefix?.length ?? 0;
  const push = (part: Uint8Array) => {
    parts.push(part);
    offset += part.length;
  };
  for (const entry of entries) {
    const contents = bytesOf(entry.contents ?? "");
    const data = entry.deflate ? deflateRawSync(contents) : contents;
    const honest: ZipHeaderFields = {
      name: entry.name,
      flags: 0x0800,
      method: entry.deflate ? 8 : 0,
      crc: crc32(contents),
      compressedSize: data.length,
      size: contents.length,
      extra: NOTHING,
      offset,
      externalAttributes: (0o100644 << 16) >>> 0,
    };
    if (!entry.omitCentral) {
      const flags = entry.dataDescriptor ? 0x0808 : honest.flags;
      directory.push(centralRecord({ ...honest, flags, ...entry.central }, entry.comment ?? ""));
    }
    if (entry.omitLocal) continue;
    const streamed = entry.dataDescriptor ? { flags: 0x0808, crc: 0, compressedSize: 0, size: 0 } : {};
    push(localHeader({ ...honest, ...streamed, ...entry.local }));
    push(data);
    if (entry.dataDescriptor) push(numbers([4, 0x08074b50], [4, honest.crc], [4, data.length], [4, contents.length]));
  }
  push(options.beforeDirectory ?? NOTHING);
  const truth = directoryTruth(directory, offset);
  for (const record of directory) push(record);
  if (options.zip64 !== undefined) push(endRecords64({ ...truth, ...options.zip64 }, options.zip64, offset));
  if (!options.omitEnd) push(endRecord({ ...truth, ...options.end }, options.comment ?? ""));
  push(options.suffix ?? NOTHING);
  return Buffer.concat(parts);
}

/** An extra field (APPNOTE 4.5): id, length, data. */
export function extraField(id: number, data: Uint8Array): Buffer {
  return Buffer.concat([numbers([2, id], [2, data.length]), data]);
}

/** The data of a ZIP64 extra field: 8-byte numbers. */
export function longs(...values: readonly number[]): Buffer {
  return numbers(...values.map((value) => [8, value] as const));
}

function directoryTruth(directory: readonly Buffer[], offset: number): ZipEndFields {
  const size = directory.reduce((sum, record) => sum + record.length, 0);
  return { recordsHere: directory.length, records: directory.length, size, offset };
}

function localHeader(fields: ZipHeaderFields): Buffer {
  const name = bytesOf(fields.name);
  const head = numbers(
    [4, 0x04034b50],
    [2, 20],
    [2, fields.flags],
    [2, fields.method],
    [2, 0],
    [2, DOS_DATE],
    [4, fields.crc],
    [4, fields.compressedSize],
    [4, fields.size],
    [2, name.length],
    [2, fields.extra.length],
  );
  return Buffer.concat([head, name, fields.extra]);
}

function centralRecord(fields: ZipHeaderFields, comment: string): Buffer {
  const name = bytesOf(fields.name);
  const head = numbers(
    [4, 0x02014b50],
    [2, 0x0314],
    [2, 20],
    [2, fields.flags],
    [2, fields.method],
    [2, 0],
    [2, DOS_DATE],
    [4, fields.crc],
    [4, fields.compressedSize],
    [4, fields.size],
    [2, name.length],
    [2, fields.extra.length],
    [2, comment.length],
    [2, 0],
    [2, 0],
    [4, fields.externalAttributes],
    [4, fields.offset],
  );
  return Buffer.concat([head, name, fields.extra, bytesOf(comment)]);
}

function endRecords64(fields: ZipEndFields, options: NonNullable<ZipOptions["zip64"]>, at: number): Buffer {
  const extensible = options.extensible ?? NOTHING;
  const record = numbers(
    [4, 0x06064b50],
    [8, options.recordSize ?? 44 + extensible.length],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, fields.recordsHere],
    [8, fields.records],
    [8, fields.size],
    [8, fields.offset],
  );
  const locator = numbers([4, 0x07064b50], [4, 0], [8, options.locatorOffset ?? at], [4, 1]);
  return Buffer.concat([record, extensible, options.omitLocator ? NOTHING : locator]);
}

function endRecord(fields: ZipEndFields, comment: string): Buffer {
  const text = bytesOf(comment);
  const head = numbers(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, fields.recordsHere],
    [2, fields.records],
    [4, fields.size],
    [4, fields.offset],
    [2, text.length],
  );
  return Buffer.concat([head, text]);
}

/** Little-endian numbers of 2, 4 or 8 bytes. */
function numbers(...fields: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer {
  const out = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 8) out.writeBigUInt64LE(BigInt(value), at);
    else out.writeUIntLE(value, at, width);
    at += width;
  }
  return out;
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? Buffer.from(text) : text;
}
