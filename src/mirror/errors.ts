import { Problem } from "../platform/errors/problem.ts";

/** Why an upstream's answer, or its silence, is no answer. */
export type TroubleKind =
  | "unreachable"
  | "slow"
  | "refused"
  | "server-error"
  | "too-many-requests"
  | "truncated"
  | "wrong-type"
  | "not-an-index-page"
  | "invalid"
  | "too-large"
  | "redirects"
  | "certificate"
  | "older"
  | "wrong-digest"
  | "offline";

/** What goes wrong between us and an upstream. Its message names no secret: no user name, no password, no query. */
export class UpstreamTrouble extends Error {
  readonly kind: TroubleKind;
  /** Seconds that the upstream asked us to wait. */
  readonly retryAfter: number | undefined;

  constructor(kind: TroubleKind, message: string, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "UpstreamTrouble";
    this.kind = kind;
    this.retryAfter = options.retryAfter;
  }
}

/** The upstream says that it does not have a file which it lists, or listed. */
export class FileGone extends Error {
  override readonly name = "FileGone";
}

/** What was asked for is not known here and its upstream cannot say: 503, never 404, with `Retry-After`. */
export class UpstreamUnavailable extends Problem {
  readonly status = 503;
  readonly code = "upstream_unavailable";
  override readonly headers: Readonly<Record<string, string>>;
  readonly what: string;
  readonly reason: string;
  readonly retryAfter: number;

  /** `retryAfter` in seconds. */
  constructor(what: string, reason: string, retryAfter: number) {
    super(`${what} is not known here yet, and the upstream cannot be asked: ${reason} Try again in ${retryAfter} s.`);
    this.what = what;
    this.reason = reason;
    this.retryAfter = retryAfter;
    this.headers = { "Retry-After": String(retryAfter) };
  }
}

/** Seconds after which to ask again, where the upstream names none. */
const ASK_AGAIN = 10;

/** What trouble with an upstream means to whoever asked for `what`. */
export function unavailable(what: string, { message, retryAfter }: UpstreamTrouble): UpstreamUnavailable {
  return new UpstreamUnavailable(what, /[.!?]$/.test(message) ? message : `${message}.`, retryAfter ?? ASK_AGAIN);
}

/** Questions of one kind that may be under way at once, whoever asks: those who gave up waiting are among them. */
const MOST_UNDER_WAY = 1000;

/** Whether one more thing may be asked for beside those. */
export function hasRoom(underWay: ReadonlyMap<string, unknown>): boolean {
  return underWay.size < MOST_UNDER_WAY;
}

/** What whoever asks is told when there is no room. */
export function tooMany(what: string): UpstreamUnavailable {
  return new UpstreamUnavailable(what, "Too much else is being waited for.", ASK_AGAIN);
}
