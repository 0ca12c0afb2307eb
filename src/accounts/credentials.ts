// What an Authorization header says, before anyone looks whether it is true.

export type Credentials =
  | { readonly kind: "none" }
  /** Something is there that cannot be read: an unknown scheme, not base64, no colon. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "password"; readonly username: string; readonly password: string };

const TOKEN_USER = "__token__";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Reads `Basic` (RFC 7617), `Bearer` and `token`, the schemes in any capitals. A token comes as the password of the user
 * `__token__`, or of no user: `https://:TOKEN@host/` is what some tools make of an address with a token alone.
 */
export function parseAuthorization(header: string | undefined): Credentials {
  if (header === undefined) return { kind: "none" };
  const [scheme, value] = splitAt(header.trim(), " ");
  switch (scheme.toLowerCase()) {
    case "basic":
      return parseBasic(value.trim());
    case "bearer":
    case "token":
      return { kind: "token", token: value.trim() };
    case "":
      return { kind: "none" };
    default:
      return { kind: "unreadable" };
  }
}

function parseBasic(value: string): Credentials {
  if (!BASE64.test(value)) return { kind: "unreadable" };
  const decoded = Buffer.from(value, "base64").toString();
  if (!decoded.includes(":")) return { kind: "unreadable" };
  const [username, password] = splitAt(decoded, ":");
  return username === TOKEN_USER || username === ""
    ? { kind: "token", token: password.trim() }
    : { kind: "password", username, password };
}

/** The text before the first separator, and what follows it. */
function splitAt(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
