import { asBuffer } from "./bytes.ts";

/** Everything in a tar comes in blocks of this many bytes (POSIX.1-1988). */
export const TAR_BLOCK = 512;

export interface TarHeader {
  /** The type flag: `0` and NUL files, `1` hard links, `2` symbolic links, `5` folders, `x` and `g` pax, `L` `K` `S` GNU. */
  readonly type: string;
  readonly name: string;
  readonly linkName: string;
  readonly size: number;
}

/** Whether a block is a header with a right checksum, or all zeros, which ends an archive. */
export function isTarBlock(block: Uint8Array): boolean {
  return isZeroBlock(block) || hasChecksum(asBuffer(block));
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Mode, user, group, time, device numbers: of no interest, but Python ends the archive where one is no number. */
const OTHER_NUMBERS = [
  [100, 108],
  [108, 116],
  [116, 124],
  [136, 148],
  [329, 337],
  [337, 345],
] as const;

/** Reads a header block: ustar, GNU and the older form. Undefined when the checksum or a number is wrong. */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  const size = readNumber(block.subarray(124, 136));
  if (!hasChecksum(block) || size === undefined || size < 0) return undefined;
  if (OTHER_NUMBERS.some(([start, end]) => readNumber(block.subarray(start, end)) === undefined)) return undefined;
  const type = String.fromCharCode(block.readUInt8(156));
  const prefix = readText(block.subarray(345, 500));
  const ownName = readText(block.subarray(0, 100));
  const name = prefix !== "" && !"LKS".includes(type) ? `${prefix}/${ownName}` : ownName;
  return { type, name, linkName: readText(block.subarray(157, 257)), size };
}

/** Text up to the first NUL. Old archives hold Latin-1 names; their odd characters become U+FFFD here. */
export function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
}

/** Sums with signed bytes exist too: historic tar programs wrote them. */
function hasChecksum(block: Buffer): boolean {
  const said = readNumber(block.subarray(148, 156));
  let unsigned = 8 * 0x20;
  let high = 0;
  for (let at = 0; at < TAR_BLOCK; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at] ?? 0;
    unsigned += byte;
    if (byte > 0x7f) high++;
  }
  return said === unsigned || said === unsigned - 256 * high;
}

/** Octal digits, or binary after 0x80, negative after 0xFF (GNU). Undefined when it is neither, or above 2^53. */
function readNumber(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  if (first === 0xff) return -1;
  if (first === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = readText(field).trim();
  if (!/^[0-7]*$/.test(digits)) return undefined;
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}
