import type { IncomingHttpHeaders } from "node:http";
import type { Answer, HeaderList } from "./answer.ts";

/** What a representation can be recognised by. `etag` with its quotes, and `W/` if it is weak. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: Temporal.Instant;
}

/** Does this If-None-Match name `etag`? Weak comparison, lists and `*` (RFC 9110 §13.1.2). */
export function noneMatchNames(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch.trim() === "*") return true;
  const opaque = withoutWeakness(etag);
  const named = ifNoneMatch.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return named.some((candidate) => withoutWeakness(candidate) === opaque);
}

function withoutWeakness(etag: string): string {
  return etag.startsWith("W/") ? etag.slice(2) : etag;
}

/** Has the asker got this already? If-None-Match decides alone when it is there; dates are whole seconds. */
export function isNotModified(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers["if-none-match"];
  if (ifNoneMatch !== undefined) return etag !== undefined && noneMatchNames(ifNoneMatch, etag);
  const since = headers["if-modified-since"];
  if (since === undefined || lastModified === undefined) return false;
  const time = Date.parse(since);
  return !Number.isNaN(time) && wholeSeconds(lastModified) <= Math.floor(time / 1000);
}

function wholeSeconds(instant: Temporal.Instant): number {
  return Math.floor(instant.epochMilliseconds / 1000);
}

/** As HTTP writes dates: `Tue, 01 Sep 2026 10:00:00 GMT`. */
export function httpDate(instant: Temporal.Instant): string {
  return new Date(instant.epochMilliseconds).toUTCString();
}

const describesTheBody = new Set(["content-type", "content-encoding", "content-language", "content-range"]);

/** The fields of a 304 for what would have been a 200 with these: all but those that describe the body. */
export function notModifiedHeaders(headers: HeaderList): HeaderList {
  return headers.filter((_, index) => !describesTheBody.has((headers[index - (index % 2)] ?? "").toLowerCase()));
}

/** The 304 in place of a 200 whose asker has it already; the same answer otherwise. For GET and HEAD. */
export function conditional(headers: IncomingHttpHeaders, answer: Answer, validators: Validators): Answer {
  if (answer.status !== 200 || !isNotModified(headers, validators)) return answer;
  return { status: 304, headers: notModifiedHeaders(answer.headers), body: null };
}
