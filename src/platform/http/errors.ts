import { BadRequest, Forbidden, NotFound, Problem } from "../errors/problem.ts";

/** No address of ours looks like this one. */
export class PageNotFound extends NotFound {
  readonly code = "not_found";
  constructor() {
    super("Not Found");
  }
}

/** The address exists, the method does not; `Allow` says which do. */
export class MethodNotAllowed extends Problem {
  readonly status = 405;
  readonly code = "method_not_allowed";
  override readonly headers: Readonly<Record<string, string>>;
  constructor(allowed: readonly string[], message = "Method Not Allowed") {
    super(message);
    this.headers = { Allow: allowed.toSorted().join(", ") };
  }
}

/** The request line, the query or the Host field is not what RFC 9112 allows. */
export class MalformedRequest extends BadRequest {
  readonly code = "malformed_request";
}

/** The body is not what its Content-Type says, or it stopped before its end. */
export class MalformedBody extends BadRequest {
  readonly code = "malformed_body";
}

/** The body, or one kind of thing in it, is larger than allowed. */
export class BodyTooLarge extends Problem {
  readonly status = 413;
  readonly code = "body_too_large";
}

/** A body of this kind cannot be read here. */
export class UnsupportedBody extends Problem {
  readonly status = 415;
  readonly code = "unsupported_media_type";
}

/** Plain http where the public address is https. */
export class TlsRequired extends Forbidden {
  readonly code = "tls_required";
  constructor() {
    super("SSL is required");
  }
}
