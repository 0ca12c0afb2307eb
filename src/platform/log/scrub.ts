// The last thing between a log line and whoever reads it: secrets that slipped into a message, a field or a stack.

/** Fields whose text or list is never written, at any depth of a line of JSON. */
const SECRET_FIELD =
  /"((?:[\w-]*(?:password|passwd|secret|token|cookie|authorization)[\w-]*))":(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;
/** An upload token: the prefix says what it is, the rest opens doors. */
const TOKEN = /\bpypi-[A-Za-z0-9_-]{16,}={0,2}/g;
const CREDENTIALS = /\b(Basic|Bearer|token) +[A-Za-z0-9+/_.~-]{8,}={0,2}/gi;
/** `//user:password@host`. */
const IN_ADDRESS = /(:\/\/[^\s/@:"]*):[^\s/"]*@/g;

/** A line of log as it may be written. Idempotent. */
export function scrub(line: string): string {
  return line
    .replace(SECRET_FIELD, '"$1":"***"')
    .replace(TOKEN, "pypi-***")
    .replace(CREDENTIALS, "$1 ***")
    .replace(IN_ADDRESS, "$1:***@");
}
