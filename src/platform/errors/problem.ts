/**
 * An expected failure. It knows its HTTP status and a stable code; its message is safe to show to whoever asked.
 * One handler (platform/http) turns it into HTML, problem+json or the one-line status text that upload clients print.
 */
export abstract class Problem extends Error {
  abstract readonly status: number;
  abstract readonly code: string;
  /** Header fields that belong to this failure, such as `WWW-Authenticate` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>> = {};
}

/** The thing asked for does not exist, or may not be seen to exist. */
export abstract class NotFound extends Problem {
  readonly status = 404;
}

/** The request is wrong and repeating it will not help. */
export abstract class BadRequest extends Problem {
  readonly status = 400;
}

/** The identity is known (or not needed) and this is not allowed. */
export abstract class Forbidden extends Problem {
  readonly status = 403;
}
