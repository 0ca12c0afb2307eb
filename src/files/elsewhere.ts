import type { Readable } from "node:stream";
import type { Index } from "../indexes/index.ts";
import type { Answer } from "../platform/http/answer.ts";
import type { FileAddress } from "./file-address.ts";
import { fileAnswer, type RequestHead, type ServedFile, type Visibility, wholeFile } from "./file-answer.ts";

/** What an index has of files that were not uploaded to it. The room `mirror` says. */
export interface Elsewhere {
  /** Undefined for what nobody lists. Throws a Problem where that cannot be told. */
  find(index: Index, address: FileAddress): Promise<FoundElsewhere | undefined>;
}

export type FoundElsewhere =
  /** The bytes are stored here. `project` is its normalised name: what changes about it makes this be asked again. */
  | {
      readonly kind: "kept";
      readonly blake2b: string;
      readonly size: number;
      readonly listedAt: Temporal.Instant;
      readonly project: string;
    }
  | {
      readonly kind: "cold";
      /** Null where the upstream does not say. */
      readonly size: number | null;
      readonly listedAt: Temporal.Instant;
      /** Undefined when the upstream does not have it. Throws a Problem where it cannot be had. */
      readonly open: () => Promise<ColdBytes | undefined>;
    }
  | { readonly kind: "refused"; readonly answer: Answer };

export interface ColdBytes {
  readonly size: number | null;
  /** From `start` up to, not including, `end`. */
  read(start: number, end?: number): Readable;
}

/**
 * The answer for a file whose bytes are not here yet; undefined when they cannot be had any more. Who has it already, asks for what
 * is not in it or only for its head, costs no download.
 */
export async function coldAnswer(
  request: RequestHead,
  file: ServedFile,
  visibility: Visibility,
  cold: FoundElsewhere & { readonly kind: "cold" },
): Promise<Answer | undefined> {
  const answerWith = ({ size, read }: ColdBytes) =>
    fileAnswer(
      request,
      wholeFile(file, visibility, { start: 0, end: size, read: (start, end) => read(start, end ?? undefined) }),
      visibility,
    );
  const early = answerWith({ size: cold.size, read: unread });
  const needsBytes = early.body !== null && "read" in early.body;
  if (!needsBytes || (request.method === "HEAD" && cold.size !== null)) return early;
  const opened = await cold.open();
  return opened && answerWith(opened);
}

function unread(): never {
  throw new Error("an answer without bytes was read");
}
