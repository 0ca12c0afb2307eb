import { Readable } from "node:stream";
import type { Measured } from "../crypto/digest.ts";
import type { BlockDigester } from "../crypto/digest-pool.ts";
import type { ReceiveOptions } from "./blob-store.ts";
import type { DiskHandle } from "./disk-operations.ts";
import { FileTooLarge } from "./errors.ts";
import { noteGarbage } from "./garbage.ts";

/** Chunks are gathered into blocks of this many bytes, so that the disk and a hashing thread get few, large pieces. */
const BLOCK = 256 * 1024;
const SMALLEST_BLOCK = 16 * 1024;
/** Of bytes that others wait for: they get them as soon as there are so many. */
const AWAITED_BLOCK = 64 * 1024;
/** How many bytes may come before looking again at the free space, to which others write too. */
const BETWEEN_CHECKS = 8 * 1024 * 1024;

/**
 * Writes a stream to a file and hashes it in the same pass. Holds at most `digester.depth` blocks of 256 KiB and
 * what the stream itself buffers, however long the body. Throws FileTooLarge, what `checkSpace` throws, and errors of
 * the stream (also when its sender goes away) and the disk; the stream is paused then, not destroyed.
 */
export async function receiveBody(
  stream: Readable | AsyncIterable<Uint8Array>,
  { path, handle }: { readonly path: string; readonly handle: DiskHandle },
  digester: BlockDigester,
  { limit, expectedLength, onChunk, onWritten }: ReceiveOptions,
  checkSpace: (stillToCome: number) => Promise<void>,
): Promise<Measured> {
  const largestBlock = onWritten === undefined ? BLOCK : AWAITED_BLOCK;
  const blockSize = Math.min(largestBlock, Math.max(SMALLEST_BLOCK, expectedLength ?? largestBlock));
  const underWay: Promise<Uint8Array<ArrayBuffer>>[] = [];
  let block: Uint8Array<ArrayBuffer> = Buffer.allocUnsafeSlow(blockSize);
  let filled = 0;
  let received = 0;
  let written = 0;

  async function flush(): Promise<void> {
    await writeAll(handle, block.subarray(0, filled), written);
    const before = written;
    written += filled;
    onWritten?.(path, written);
    underWay.push(digester.update(block, filled));
    noteGarbage(filled);
    filled = 0;
    const oldest = underWay.length < digester.depth ? undefined : await underWay.shift();
    block = oldest ?? Buffer.allocUnsafeSlow(blockSize);
    if (Math.floor(before / BETWEEN_CHECKS) === Math.floor(written / BETWEEN_CHECKS)) return;
    await checkSpace(Math.max(0, Math.min(expectedLength ?? 0, limit) - written));
  }

  onWritten?.(path, 0);
  // A refused sender must be heard out before it reads the refusal, so the stream has to survive an early end here.
  const chunks = stream instanceof Readable ? stream.iterator({ destroyOnReturn: false }) : stream;
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("A body is a stream of bytes, not of text or objects");
    received += chunk.byteLength;
    if (received > limit) throw new FileTooLarge(limit);
    onChunk?.(chunk);
    for (let taken = 0; taken < chunk.byteLength; ) {
      const piece = chunk.subarray(taken, taken + block.byteLength - filled);
      block.set(piece, filled);
      filled += piece.byteLength;
      taken += piece.byteLength;
      if (filled === block.byteLength) await flush();
    }
  }
  if (filled > 0) await flush();
  return digester.finish();
}

/** A write may be short, on a disk that fills up for instance; the rest then says why. */
async function writeAll(handle: DiskHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
