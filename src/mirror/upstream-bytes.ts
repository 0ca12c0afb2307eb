import type { Bytes } from "../packaging-standards/index.ts";
import { UpstreamTrouble } from "./errors.ts";
import type { UpstreamClient } from "./upstream-client.ts";

/** Bytes of the end that are asked for at first: the directory of nearly every wheel, and mostly its metadata too. */
const TAIL = 64 * 1024;
/** Bytes per request at least: a round trip costs more than they do. */
const LEAST = 16 * 1024;

/**
 * A file of an upstream, read by ranges and never whole; undefined where the upstream serves no ranges. What was read once is
 * kept, so this is for looking at a few places of one file. Throws UpstreamTrouble, FileGone.
 */
export async function openUpstreamBytes(
  client: Pick<UpstreamClient, "readRange">,
  url: string,
): Promise<Bytes | undefined> {
  const held: { readonly offset: number; readonly bytes: Buffer }[] = [];

  async function fetchRange(offset: number, length: number): Promise<number | undefined> {
    const part = await client.readRange(url, offset, length);
    if (part === undefined) return undefined;
    held.push({ offset, bytes: part.bytes });
    return part.size;
  }

  const size = await fetchRange(0, 1);
  if (size === undefined) return undefined;
  const tail = Math.min(size, TAIL);
  if (size > 1) await fetchRange(size - tail, tail);
  return {
    size,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const known = () =>
        held.find((part) => part.offset <= offset && offset + wanted <= part.offset + part.bytes.length);
      if (known() === undefined && wanted > 0) {
        const now = await fetchRange(offset, Math.min(size - offset, Math.max(wanted, LEAST)));
        if (now !== size) throw new UpstreamTrouble("invalid", "the file changed while it was read");
      }
      const part = known();
      if (part === undefined && wanted > 0)
        throw new UpstreamTrouble("truncated", "fewer bytes came than were asked for");
      return part === undefined
        ? Buffer.alloc(0)
        : part.bytes.subarray(offset - part.offset, offset - part.offset + wanted);
    },
  };
}
