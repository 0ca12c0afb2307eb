import type { IncomingMessage } from "node:http";
import { BodyTooLarge, MalformedBody } from "./errors.ts";
import { boundaryOf, readParts } from "./multipart-parts.ts";
import { decodeForm } from "./part-head.ts";
import { bodyChunks } from "./read-body.ts";
import { bodyKind, type FormField, readUrlencoded } from "./read-form.ts";

/** The `content` part while it arrives. */
export interface IncomingFile {
  /** As it was sent, with any path in it. */
  readonly filename: string;
  /** As it was sent; undefined when the part has no such header, `""` when the header is empty. */
  readonly contentType: string | undefined;
  readonly bytes: AsyncIterable<Buffer>;
  /** The fields that came before it. Clients send all of theirs first, but need not. */
  readonly fields: readonly FormField[];
}

export interface UploadFormLimits {
  /** The whole body, in bytes. */
  readonly body: number;
  /** Names and values of all text fields together, in bytes. */
  readonly fields: number;
  readonly parts: number;
}

/** What no real client comes near; the limit of the body depends on the index. */
export const defaultFormLimits = { fields: 16 * 1024 * 1024, parts: 10_000 };

export interface ReadUploadFormOptions<Kept> {
  readonly limits: UploadFormLimits;
  /** Takes the bytes of the `content` part; what it leaves unread is skipped. What it throws ends the reading. */
  readonly onFile: (file: IncomingFile) => Promise<Kept>;
}

export interface UploadForm<Kept> {
  /** Text fields in the order they came, repeated ones too. A `content` without a file name is among them. */
  readonly fields: readonly FormField[];
  /** Names of the other parts that came as files, in order; their bytes were skipped. */
  readonly sentAsFile: readonly string[];
  /** What `onFile` made of the `content` part; undefined when there was none. */
  readonly file: Kept | undefined;
}

/**
 * Reads what upload clients send: multipart/form-data, or an urlencoded form (old clients). A body of another kind is left
 * unread and counts as an empty form. Throws MalformedBody and BodyTooLarge, possibly after `onFile` has ended: who keeps
 * bytes there must remove them when this throws.
 */
export async function readUploadForm<Kept>(
  request: IncomingMessage,
  { limits, onFile }: ReadUploadFormOptions<Kept>,
): Promise<UploadForm<Kept>> {
  const kind = bodyKind(request);
  if (kind !== "multipart/form-data") {
    const isForm = kind === "application/x-www-form-urlencoded";
    const fields = isForm ? await readUrlencoded(request, limits.fields) : [];
    return { fields, sentAsFile: [], file: undefined };
  }
  const boundary = boundaryOf(request.headers["content-type"] ?? "");
  const chunks = bodyChunks(request, limits.body);
  const fields: FormField[] = [];
  const sentAsFile: string[] = [];
  let content: { readonly kept: Kept } | undefined;
  let parts = 0;
  let spent = 0;
  try {
    for await (const { head, bytes } of readParts(chunks, boundary)) {
      const { name, filename, contentType } = head;
      if (++parts > limits.parts) throw new BodyTooLarge(`This form has more than ${limits.parts} parts.`);
      spend(Buffer.byteLength(name));
      if (filename === undefined) fields.push({ name, value: await readField(bytes) });
      else if (name !== "content") sentAsFile.push(name);
      else if (content !== undefined) throw new MalformedBody("This form has more than one content part.");
      else content = { kept: await onFile({ filename, contentType, bytes, fields: [...fields] }) };
    }
  } finally {
    // Lets go of the request, so that what is left of a refused body can be thrown away.
    await chunks.return();
  }
  return { fields, sentAsFile, file: content?.kept };

  function spend(bytes: number): void {
    spent += bytes;
    if (spent > limits.fields) {
      throw new BodyTooLarge(`The text fields of this form are larger than ${limits.fields} bytes together.`);
    }
  }

  async function readField(bytes: AsyncIterable<Buffer>): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of bytes) {
      spend(piece.length);
      pieces.push(piece);
    }
    return decodeForm(Buffer.concat(pieces));
  }
}
