import { MalformedBody } from "./errors.ts";
import { type PartHead, parsePartHead } from "./part-head.ts";

/** One part of a multipart body. `bytes` must be read before the next part is asked for; what is left of it is skipped. */
export interface Part {
  readonly head: PartHead;
  readonly bytes: AsyncIterable<Buffer>;
}

/** The header fields of one part, in bytes. */
const longestHead = 16 * 1024;

/** The boundary that a Content-Type of multipart/form-data names (RFC 2046 §5.1.1). Throws MalformedBody when it names none. */
export function boundaryOf(contentType: string): string {
  const match = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? "";
  if (boundary === "" || boundary.length > 200) {
    throw new MalformedBody("The Content-Type of this multipart/form-data body names no boundary.");
  }
  return boundary;
}

/**
 * Takes a multipart body apart while it arrives (RFC 7578). It asks `chunks` for more only when it needs more, keeps no more
 * than one chunk and a boundary, and reads on to the end after the last boundary. Throws MalformedBody.
 */
export async function* readParts(chunks: AsyncIterator<Buffer>, boundary: string): AsyncGenerator<Part, void, void> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  // The line break before the first boundary is not there when nothing precedes it.
  let buffer: Buffer = Buffer.from("\r\n");
  let isPartOver = false;
  let isBodyOver = false;

  await skipPart();
  while (!isBodyOver) {
    const head = parsePartHead(await takeHead());
    isPartOver = false;
    yield { head, bytes: partBytes() };
    await skipPart();
  }
  while (await fetchMore()) buffer = Buffer.alloc(0);

  async function fetchMore(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done === true) return false;
    buffer = buffer.length === 0 ? next.value : Buffer.concat([buffer, next.value]);
    return true;
  }

  async function needMore(): Promise<void> {
    if (!(await fetchMore())) throw new MalformedBody("The form ends before its last boundary.");
  }

  function take(length: number): Buffer {
    const taken = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    return taken;
  }

  /** The next bytes of this part; undefined at its end, where the delimiter is taken away too. */
  async function takePiece(): Promise<Buffer | undefined> {
    for (;;) {
      const at = buffer.indexOf(delimiter);
      if (at === -1) {
        const safe = buffer.length - delimiter.length + 1;
        if (safe > 0) return take(safe);
      } else if (at > 0) {
        return take(at);
      } else if (buffer.length >= delimiter.length + 2) {
        const after = buffer.toString("latin1", delimiter.length, delimiter.length + 2);
        // Anything else means that the boundary is the beginning of a longer line of the content.
        if (after !== "\r\n" && after !== "--") return take(delimiter.length);
        // The line break is left for `takeHead`, which looks for an empty line.
        take(after === "--" ? delimiter.length + 2 : delimiter.length);
        isPartOver = true;
        isBodyOver = after === "--";
        return undefined;
      }
      await needMore();
    }
  }

  async function skipPart(): Promise<void> {
    while (!isPartOver) await takePiece();
  }

  async function* partBytes(): AsyncGenerator<Buffer, void, void> {
    while (!isPartOver) {
      const piece = await takePiece();
      if (piece !== undefined) yield piece;
    }
  }

  async function takeHead(): Promise<Buffer> {
    for (;;) {
      const at = buffer.indexOf("\r\n\r\n");
      if (at > longestHead || (at === -1 && buffer.length > longestHead)) {
        throw new MalformedBody("A part of the form has too large a header.");
      }
      if (at !== -1) return take(at + 4);
      await needMore();
    }
  }
}
