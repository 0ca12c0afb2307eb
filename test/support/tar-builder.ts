import { gzipSync } from "node:zlib";

export interface TarMemberInput {
  readonly name: string | Uint8Array;
  readonly contents?: string | Uint8Array;
  /** `0` file (default), `1` hard link, `2` symbolic link, `5` folder, `x` `g` pax, `L` `K` `S` GNU. */
  readonly type?: string;
  readonly linkName?: string;
  /** What the header says instead of the length of the contents. */
  readonly size?: number;
  /** The ustar field that goes before the name. */
  readonly prefix?: string;
  /** Pax records, written as a header of their own before the member. */
  readonly pax?: Readonly<Record<string, string>>;
  /** The text of the mode field, instead of octal digits. */
  readonly mode?: string;
  /** Instead of the right checksum. */
  readonly checksum?: number;
}

export interface TarOptions {
  /** Zero blocks at the end; two by default. */
  readonly endBlocks?: number;
  readonly suffix?: Uint8Array;
}

/** A tar (ustar, with pax headers where asked for), byte for byte the same for the same input. */
export function buildTar(members: readonly TarMemberInput[], options: TarOptions = {}): Buffer {
  const parts: Uint8Array[] = [];
  for (const member of members) {
    if (member.pax !== undefined) {
      parts.push(...memberBlocks({ name: "pax", type: "x", contents: paxRecords(member.pax) }));
    }
    parts.push(...memberBlocks(member));
  }
  parts.push(Buffer.alloc(512 * (options.endBlocks ?? 2)), options.suffix ?? Buffer.alloc(0));
  return Buffer.concat(parts);
}

/** `buildTar`, gzip-compressed without a time stamp. */
export function buildTarGz(members: readonly TarMemberInput[], options: TarOptions = {}): Buffer {
  return gzipSync(buildTar(members, options));
}

/** `length key=value\n` lines; the length counts itself. */
export function paxRecords(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

function memberBlocks(member: TarMemberInput): readonly Uint8Array[] {
  const contents = Buffer.from(member.contents ?? "");
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "latin1");
  header.set(Buffer.from(member.name).subarray(0, 100), 0);
  if (member.mode === undefined) octal(member.type === "5" ? 0o755 : 0o644, 100, 8);
  else header.write(member.mode, 100, 8, "latin1");
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(member.size ?? contents.length, 124, 12);
  octal(0, 136, 12);
  header.write(member.type ?? "0", 156, "latin1");
  header.write(member.linkName ?? "", 157, 100);
  header.write("ustar\0" + "00", 257, "latin1");
  header.write(member.prefix ?? "", 345, 155);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${(member.checksum ?? sum).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return [header, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)];
}
