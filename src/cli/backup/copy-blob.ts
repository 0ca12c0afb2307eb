import type { Measured } from "../../platform/crypto/digest.ts";
import type { BlobReader, BlobStore } from "../../platform/storage/blob-store.ts";
import { BlobMissing, FileTooLarge } from "../../platform/storage/errors.ts";

const BLOCK = 256 * 1024;

/** `broken`: the source has other bytes under that name; nothing was kept. */
export type CopyOutcome = "copied" | "missing" | "broken";

/** How many files are copied at once: enough that waiting for the disk overlaps with hashing. */
export const COPIES_AT_ONCE = 6;

/** Copies the bytes of one file, hashed as they come; they are durable in `to`, and those of `blob`, when this says "copied". */
export async function copyBlob(
  from: BlobStore,
  to: BlobStore,
  blob: Measured,
  onBytes: (count: number) => void,
): Promise<CopyOutcome> {
  const reader = await from.open(blob.blake2b).catch((error: unknown) => {
    if (error instanceof BlobMissing) return undefined;
    throw error;
  });
  if (!reader) return "missing";
  try {
    if (reader.size !== blob.size) return "broken";
    await using received = await to.receive(readBlocks(reader), {
      limit: blob.size,
      expectedLength: blob.size,
      onChunk: (chunk) => onBytes(chunk.byteLength),
    });
    const found: Measured = { ...received.digests, size: received.size };
    const isSame = (["blake2b", "sha256", "md5", "size"] as const).every((key) => found[key] === blob[key]);
    if (!isSame) return "broken";
    await received.keep();
    return "copied";
  } catch (error) {
    if (error instanceof FileTooLarge) return "broken";
    throw error;
  } finally {
    await reader.close();
  }
}

async function* readBlocks(reader: BlobReader): AsyncGenerator<Buffer> {
  for (let offset = 0; ; offset += BLOCK) {
    const block = await reader.read(offset, BLOCK);
    if (block.byteLength > 0) yield block;
    if (block.byteLength < BLOCK) return;
  }
}
