import type { Clock } from "../platform/clock/clock.ts";
import { FetchFailed, type FetchFailure, showUrl } from "../platform/fetch/fetch-failed.ts";
import type { HttpResponse } from "../platform/fetch/http-client.ts";
import { type TroubleKind, UpstreamTrouble } from "./errors.ts";

const KINDS: Readonly<Record<FetchFailure, TroubleKind>> = {
  unreachable: "unreachable",
  slow: "slow",
  certificate: "certificate",
  redirects: "redirects",
  inner: "refused",
  truncated: "truncated",
  "too-large": "too-large",
  malformed: "invalid",
  // Only we do that, when the server stops.
  aborted: "unreachable",
};

/** Seconds: what asks for more is not believed. */
const LONGEST_WAIT = 3600;

/** What a request ran into, as the mirror calls it. */
export function asTrouble(error: unknown): unknown {
  return error instanceof FetchFailed ? new UpstreamTrouble(KINDS[error.kind], error.message, { cause: error }) : error;
}

/** The trouble with an answer that is neither what was asked for nor its absence. */
export function statusTrouble({ status, headers, url }: HttpResponse, clock: Clock): UpstreamTrouble {
  const kind =
    status === 429 ? "too-many-requests" : status >= 500 ? "server-error" : status >= 400 ? "refused" : "invalid";
  const retryAfter = parseRetryAfter(headers["retry-after"], clock);
  return new UpstreamTrouble(kind, `${showUrl(url)} answered ${status}.`, { retryAfter });
}

/** Seconds from now, from a number or a date (RFC 9110 §10.2.3); undefined where there is nothing to wait for. */
export function parseRetryAfter(field: string | undefined, clock: Clock): number | undefined {
  if (field === undefined) return undefined;
  const text = field.trim();
  const seconds = /^\d{1,12}$/.test(text)
    ? Number(text)
    : Math.ceil((Date.parse(text) - clock.now().epochMilliseconds) / 1000);
  return seconds > 0 ? Math.min(seconds, LONGEST_WAIT) : undefined;
}
