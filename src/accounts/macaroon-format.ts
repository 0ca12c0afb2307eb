// The text form of macaroons: `pypi-` and base64url without padding of libmacaroons' binary format. Version 2 is read and
// written; version 1 (packets with hexadecimal lengths) is read, for clients whose library re-writes what it attenuates.
import { isUtf8 } from "node:buffer";
import type { Macaroon } from "./macaroon.ts";

/** Part of the contract with secret scanners, as is base64url after it. */
const PREFIX = "pypi-";
/** Characters; all headers of a request together are limited to 64 KiB. */
const MAX_TEXT = 65_536;
const VERSION_2 = 0x02;
const SIGNATURE_BYTES = 32;
const Field = { end: 0, location: 1, identifier: 2, signature: 6 } as const;

export function formatToken(macaroon: Macaroon): string {
  const bytes = Buffer.concat([
    Buffer.of(VERSION_2),
    field(Field.location, Buffer.from(macaroon.location)),
    field(Field.identifier, Buffer.from(macaroon.identifier)),
    Buffer.of(Field.end),
    ...macaroon.caveats.flatMap((caveat) => [field(Field.identifier, caveat), Buffer.of(Field.end)]),
    Buffer.of(Field.end),
    field(Field.signature, macaroon.signature),
  ]);
  return PREFIX + bytes.toString("base64url");
}

/**
 * The macaroon of a token's text, white space around it ignored; undefined when it is anything else. Third-party caveats
 * are never issued and cannot be discharged here, so a token that carries one is not a token.
 */
export function parseToken(text: string): Macaroon | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX) || trimmed.length > MAX_TEXT) return undefined;
  const encoded = trimmed.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, "base64url");
  // Node skips what is not base64url: whatever does not come back the same was not well-formed.
  if (bytes.length === 0 || bytes.toString("base64url") !== encoded) return undefined;
  try {
    const reader = new Reader(bytes);
    return bytes[0] === VERSION_2 ? readVersion2(reader) : readVersion1(reader);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

/** Takes bytes from the front; every method throws Malformed when the wanted ones are not there. */
class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#offset) throw new Malformed();
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }

  takeByte(byte: number): void {
    if (this.take(1)[0] !== byte) throw new Malformed();
  }

  /** Little-endian base 128; three groups are 2 MiB, more than a header can hold. */
  takeVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.take(1).readUInt8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed();
  }

  takeField(type: number): Buffer {
    this.takeByte(type);
    return this.take(this.takeVarint());
  }

  /** A version 1 packet: its whole length as four hexadecimal digits, then `name value\n`. */
  takePacket(): { readonly name: string; readonly value: Buffer } {
    const digits = this.take(4).toString("latin1");
    if (!/^[0-9a-f]{4}$/.test(digits)) throw new Malformed();
    const packet = this.take(Math.max(0, Number.parseInt(digits, 16) - 4));
    const space = packet.indexOf(" ");
    if (space < 0 || packet.at(-1) !== 0x0a) throw new Malformed();
    return { name: packet.toString("latin1", 0, space), value: packet.subarray(space + 1, -1) };
  }

  takePacketNamed(wanted: string): Buffer {
    const { name, value } = this.takePacket();
    if (name !== wanted) throw new Malformed();
    return value;
  }
}

function readVersion2(reader: Reader): Macaroon {
  reader.takeByte(VERSION_2);
  const location = reader.peek() === Field.location ? reader.takeField(Field.location) : Buffer.alloc(0);
  const identifier = reader.takeField(Field.identifier);
  reader.takeByte(Field.end);
  const caveats: Buffer[] = [];
  while (reader.peek() === Field.identifier) {
    caveats.push(reader.takeField(Field.identifier));
    reader.takeByte(Field.end);
  }
  reader.takeByte(Field.end);
  return finish(reader, location, identifier, caveats, reader.takeField(Field.signature));
}

function readVersion1(reader: Reader): Macaroon {
  const location = reader.takePacketNamed("location");
  const identifier = reader.takePacketNamed("identifier");
  const caveats: Buffer[] = [];
  let packet = reader.takePacket();
  for (; packet.name === "cid"; packet = reader.takePacket()) caveats.push(packet.value);
  if (packet.name !== "signature") throw new Malformed();
  return finish(reader, location, identifier, caveats, packet.value);
}

function finish(
  reader: Reader,
  location: Buffer,
  identifier: Buffer,
  caveats: readonly Buffer[],
  signature: Buffer,
): Macaroon {
  if (!reader.isAtEnd || signature.length !== SIGNATURE_BYTES) throw new Malformed();
  return { location: text(location), identifier: text(identifier), caveats, signature };
}

function text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Malformed();
  return bytes.toString();
}

function field(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
