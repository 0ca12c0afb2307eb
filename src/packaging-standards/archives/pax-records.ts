/** What pax extended headers can change about a member that matters here. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkpath?: string;
  /** Decimal digits, not yet checked. */
  readonly size?: string;
  /** Any `GNU.sparse.*` record. */
  readonly isSparse?: boolean;
}

/**
 * The records of a pax extended header, `length key=value\n` each (POSIX.1-2001). Undefined when they are malformed.
 * A value may hold newlines and `=`; the length counts bytes, itself included.
 */
export function parsePaxRecords(data: Buffer): PaxRecords | undefined {
  let records: PaxRecords = {};
  for (let at = 0; at < data.length && data[at] !== 0; ) {
    const space = data.subarray(at, at + 11).indexOf(0x20) + at;
    const digits = data.toString("latin1", at, Math.max(space, at));
    if (!/^[0-9]{1,10}$/.test(digits)) return undefined;
    const end = at + Number(digits);
    if (end > data.length || data[end - 1] !== 0x0a) return undefined;
    const record = data.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return undefined;
    const key = record.toString("utf8", 0, equals);
    if (key === "path" || key === "linkpath" || key === "size") {
      records = { ...records, [key]: record.toString("utf8", equals + 1) };
    } else if (key.startsWith("GNU.sparse.")) {
      records = { ...records, isSparse: true };
    }
    at = end;
  }
  return records;
}
