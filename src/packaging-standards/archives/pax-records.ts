/**
 * The records of a pax extended header, `length key=value\n` each (POSIX.1-2001). Undefined when they are malformed.
 * A value may hold newlines and `=`; the length counts bytes, itself included.
 */
export function parsePaxRecords(data: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length && data[at] !== 0; ) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 ? "" : data.toString("latin1", at, space);
    if (!/^[0-9]{1,10}$/.test(digits)) return undefined;
    const end = at + Number(digits);
    const equals = data.indexOf(0x3d, space);
    if (end > data.length || data[end - 1] !== 0x0a || equals < 0 || equals >= end || equals === space + 1)
      return undefined;
    records.set(data.toString("utf8", space + 1, equals), data.toString("utf8", equals + 1, end - 1));
    at = end;
  }
  return records;
}
