/** Why there is no answer, or not the whole of it. */
export type FetchFailure =
  | "unreachable"
  | "slow"
  | "certificate"
  | "redirects"
  /** It would have led to a machine around us. */
  | "inner"
  | "truncated"
  | "too-large"
  /** No HTTP, or a coding that nobody asked for, or one that cannot be undone. */
  | "malformed"
  | "aborted";

/** A request that brought no whole answer. Its message is a sentence that names the address without user, password and query. */
export class FetchFailed extends Error {
  readonly kind: FetchFailure;

  constructor(kind: FetchFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "FetchFailed";
    this.kind = kind;
  }
}

/**
 * An address as it may be shown to everybody: its origin and the last part of its path, at most 200 characters. User name, password
 * and query are secrets, and so is, with some servers, a part of the path.
 */
export function showUrl(url: URL): string {
  const parts = url.pathname.split("/").filter(Boolean);
  const last = `${parts.at(-1) ?? ""}${url.pathname.endsWith("/") && parts.length > 0 ? "/" : ""}`;
  const text = `${url.origin}/${parts.length > 1 ? "…/" : ""}${last}`;
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** What a request or the reading of its body ran into; `hasHead` when the answer had begun. */
export function fetchFailed(error: unknown, url: URL, hasHead: boolean): FetchFailed {
  if (error instanceof FetchFailed) return error;
  const code = codeOf(error);
  const failed = (kind: FetchFailure, what: string) => new FetchFailed(kind, `${showUrl(url)} ${what}.`, error);
  if (isNamed(error, "TimeoutError")) return failed("slow", "did not finish its answer in time");
  if (isNamed(error, "AbortError")) return failed("aborted", "was not waited for");
  if (code === "UND_ERR_CONNECT_TIMEOUT") return failed("unreachable", "cannot be reached: no connection in time");
  if (code === "UND_ERR_HEADERS_TIMEOUT") return failed("slow", "did not answer in time");
  if (code === "UND_ERR_BODY_TIMEOUT") return failed("slow", "stopped in the middle of its answer");
  if (code === "UND_ERR_HEADERS_OVERFLOW") return failed("too-large", "sent too long a head");
  if (CERTIFICATE.test(code)) return failed("certificate", `has a certificate that is not trusted (${code})`);
  if (/^ERR_SSL_|^EPROTO$/.test(code)) return failed("certificate", `does not speak TLS as it should (${code})`);
  if (/^HPE_|^UND_ERR_RES_|^UND_ERR_INFO$/.test(code))
    return failed("malformed", "answered with something that is not HTTP");
  if (hasHead) return failed("truncated", "broke off in the middle of its answer");
  return failed("unreachable", `cannot be reached${code === "" ? "" : ` (${code})`}`);
}

/** Whether the connection broke before anything was said on it, as when a kept one was being closed at the other end. */
export function brokeUnanswered(error: unknown): boolean {
  return /^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/.test(codeOf(error));
}

const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|CRL_)/;

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses of a host were tried.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : "";
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
