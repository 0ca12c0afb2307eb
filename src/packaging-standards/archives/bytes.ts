import type { FileHandle } from "node:fs/promises";

/**
 * Bytes that can be read by range: a file, an object in a store, an upstream's file. `read` answers with exactly
 * `length` bytes, fewer only where the bytes end, none beyond the end.
 */
export interface Bytes {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The bytes of an open file, as long as it is now. The handle stays the caller's to close. */
export async function bytesOfFile(handle: FileHandle): Promise<Bytes> {
  const { size } = await handle.stat();
  return {
    size,
    async read(offset, length) {
      const wanted = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < wanted.length) {
        const { bytesRead } = await handle.read(wanted, filled, wanted.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return wanted.subarray(0, filled);
    },
  };
}

/** Bytes that are in memory already. What is read shares their memory. */
export function bytesOfBuffer(buffer: Uint8Array): Bytes {
  return {
    size: buffer.length,
    read: async (offset, length) => buffer.subarray(Math.min(offset, buffer.length), offset + length),
  };
}

/** A `Buffer` on the same memory, for its number readers. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const NEAR = 256 * 1024;
const SMALL = 4 * 1024;

/** A part of the bytes that is held in memory. */
export interface Window {
  /** Undefined when the range is not held whole: then `read` it. Archives have records by the thousand; waiting costs. */
  held(offset: number, length: number): Buffer | undefined;
  read(offset: number, length: number): Promise<Buffer>;
}

/**
 * Reads short records in ascending order. Jumps over long stretches read 4 KiB at the landing; records that lie close
 * together are fetched 256 KiB at a time, since a read call costs more than the copying.
 */
export function createWindow(bytes: Bytes): Window {
  let start = 0;
  let held: Buffer = Buffer.alloc(0);
  return {
    held: (offset, length) =>
      offset < start || offset + length > start + held.length
        ? undefined
        : held.subarray(offset - start, offset - start + length),
    async read(offset, length) {
      const near = held.length > 0 && offset >= start && offset - (start + held.length) < NEAR;
      held = asBuffer(await bytes.read(offset, Math.max(length, near ? NEAR : SMALL)));
      start = offset;
      return held.subarray(0, length);
    },
  };
}
