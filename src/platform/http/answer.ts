/** Header fields as Node's `writeHead` takes them: name, value, name, value … in the order they are sent. */
export type HeaderList = readonly string[];

/** Bytes of a file on disk, from `start` up to, not including, `end`. */
export interface FileSlice {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The one shape of every answer: what the hot path, routes and errors return. `reason` is the HTTP reason phrase (sent
 * only by `sendAnswer`, which cleans it); `body` null means no body at all. `Content-Length` is added by `sendAnswer`.
 */
export interface Answer {
  readonly status: number;
  readonly reason?: string;
  readonly headers: HeaderList;
  readonly body: Buffer | FileSlice | null;
}
