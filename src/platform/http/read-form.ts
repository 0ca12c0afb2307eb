import type { IncomingMessage } from "node:http";
import { MalformedBody } from "./errors.ts";
import { readBody } from "./read-body.ts";

export interface FormField {
  readonly name: string;
  readonly value: string;
}

/** The kind of body that a Content-Type names, in lower case and without parameters; empty when there is none. */
export function bodyKind({ headers }: IncomingMessage): string {
  return headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/**
 * Reads an application/x-www-form-urlencoded body of at most `limit` bytes, repeated fields in order. Throws MalformedBody
 * when it is not UTF-8 (a lone percent sign stands for itself, as browsers' own parsers have it), BodyTooLarge.
 */
export async function readUrlencoded(request: IncomingMessage, limit: number): Promise<readonly FormField[]> {
  const text = (await readBody(request, limit)).toString("latin1");
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals === -1
        ? { name: decode(pair), value: "" }
        : { name: decode(pair.slice(0, equals)), value: decode(pair.slice(equals + 1)) };
    });
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  // Raw bytes outside ASCII are brought into the same spelling first, so that one decoder judges all of them.
  const encoded = spaced.replace(/%(?![0-9A-Fa-f]{2})/g, "%25").replace(/[\u0080-\u00ff]/g, percentEncode);
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new MalformedBody("Invalid Form Data.", { cause });
  }
}

function percentEncode(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`;
}
