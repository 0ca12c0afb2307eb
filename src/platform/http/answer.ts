import type { Readable } from "node:stream";

/** Header fields as Node's `writeHead` takes them: name, value, name, value … in the order they are sent. */
export type HeaderList = readonly string[];

/** Bytes of a file on disk, from `start` up to, not including, `end`. */
export interface FileSlice {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes that come from elsewhere while they are sent, from `start` up to, not including, `end`; null where nobody knows the end yet. */
export interface IncomingBytes {
  readonly start: number;
  readonly end: number | null;
  /** Called at most once, and not for HEAD. An error means that they do not all come. */
  read(start: number, end: number | null): Readable;
}

/**
 * The one shape of every answer: what the hot path, routes and errors return. `reason` is the HTTP reason phrase (sent
 * only by `sendAnswer`, which cleans it); `body` null means no body at all. `Content-Length` is added by `sendAnswer`.
 */
export interface Answer {
  readonly status: number;
  readonly reason?: string;
  readonly headers: HeaderList;
  readonly body: Buffer | FileSlice | IncomingBytes | null;
}

/** An answer whose body is a text, in UTF-8. */
export function textAnswer(status: number, text: string, headers: HeaderList = []): Answer {
  return { status, headers: ["Content-Type", "text/plain; charset=UTF-8", ...headers], body: Buffer.from(text) };
}

/** An answer whose body is an HTML page. */
export function htmlAnswer(status: number, html: string, headers: HeaderList = []): Answer {
  return { status, headers: ["Content-Type", "text/html; charset=UTF-8", ...headers], body: Buffer.from(html) };
}

/** An answer whose body is JSON as `JSON.stringify` writes it. */
export function jsonAnswer(status: number, value: unknown, headers: HeaderList = []): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: ["Content-Type", "application/json", ...headers], body };
}

/** A redirect. `location` is percent-encoded where it is not ASCII; a control character or backslash in it is a bug here. */
export function redirectAnswer(
  status: 301 | 302 | 303 | 307 | 308,
  location: string,
  headers: HeaderList = [],
): Answer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  if (/[\x00-\x20\x7f\\]/u.test(location)) throw new Error(`not a redirect target: ${JSON.stringify(location)}`);
  const ascii = location.toWellFormed().replace(/[^\x20-\x7e]+/gu, encodeURIComponent);
  return { status, headers: ["Location", ascii, ...headers], body: null };
}

/** The same answer with more header fields after its own. */
export function withHeaders(answer: Answer, headers: HeaderList): Answer {
  return headers.length === 0 ? answer : { ...answer, headers: [...answer.headers, ...headers] };
}
