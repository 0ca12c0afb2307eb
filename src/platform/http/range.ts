import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { httpDate, type Validators } from "./conditional.ts";

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a Range field asks of `size` bytes (RFC 9110 §14): one range, "unsatisfiable", or undefined when it is to be
 * ignored: several ranges, another unit, or nonsense.
 */
export function parseRange(field: string, size: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(field);
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/** The 206 or 416 in place of a whole 200 when one range is asked for, and If-Range (if any) still holds. Only GET has ranges. */
export function ranged(
  request: Pick<IncomingMessage, "method" | "headers">,
  whole: Answer,
  validators: Validators,
): Answer {
  const { range, "if-range": ifRange } = request.headers;
  const { body } = whole;
  if (range === undefined || request.method !== "GET" || whole.status !== 200 || body === null) return whole;
  if (typeof ifRange === "string" && !ifRangeHolds(ifRange, validators)) return whole;
  const size = Buffer.isBuffer(body) ? body.length : body.end === null ? undefined : body.end - body.start;
  // Without the size there is no telling which bytes those are. Whoever asked takes the whole as well (RFC 9110 §14.2).
  if (size === undefined) return whole;
  const asked = parseRange(range, size);
  if (asked === undefined) return whole;
  if (asked === "unsatisfiable") {
    const headers = ["Content-Type", "text/plain; charset=UTF-8", "Content-Range", `bytes */${size}`];
    return { status: 416, headers, body: Buffer.from(`There are ${size} bytes.`) };
  }
  const { start, end } = asked;
  return {
    status: 206,
    headers: [...whole.headers, "Content-Range", `bytes ${start}-${end - 1}/${size}`],
    body: Buffer.isBuffer(body)
      ? body.subarray(start, end)
      : { ...body, start: body.start + start, end: body.start + end },
  };
}

/** Strong comparison: a weak tag never matches (RFC 9110 §13.1.5). */
function ifRangeHolds(ifRange: string, { etag, lastModified }: Validators): boolean {
  if (ifRange.startsWith('"')) return ifRange === etag;
  return lastModified !== undefined && ifRange === httpDate(lastModified);
}
