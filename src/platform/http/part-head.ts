import { MalformedBody } from "./errors.ts";

/** The header fields of one part of multipart/form-data, as far as anyone asks for them (RFC 7578 §4). */
export interface PartHead {
  readonly name: string;
  /** As it was sent, with any path in it; undefined when there was none. */
  readonly filename: string | undefined;
  /** As it was sent; `""` is a field without a value, undefined no field at all. */
  readonly contentType: string | undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text that must be UTF-8. Throws MalformedBody. */
export function decodeForm(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new MalformedBody("Invalid Form Data.", { cause });
  }
}

// The value is trimmed afterwards: a pattern that did it would take quadratic time over a long run of spaces.
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\u0080-\u{10ffff}]*)$/u;

/** Reads the lines between a boundary and a part's bytes. Throws MalformedBody. */
export function parsePartHead(bytes: Uint8Array): PartHead {
  const fields = new Map<string, string>();
  // RFC 7578 leaves no use for folded lines, but they are read as RFC 5322 folds them.
  for (const line of decodeForm(bytes)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")) {
    if (line === "") continue;
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new MalformedBody("A part of the form has a malformed header.");
    const key = name.toLowerCase();
    if (!fields.has(key)) fields.set(key, value.trim());
  }
  const { name, filename } = parseDisposition(fields.get("content-disposition") ?? "");
  return { name, filename, contentType: fields.get("content-type") };
}

const parameter = /;[ \t]*([!#$%&'+.^_`|~0-9A-Za-z-]+)(\*?)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*/y;

function parseDisposition(value: string): { readonly name: string; readonly filename: string | undefined } {
  const kind = /^form-data[ \t]*/i.exec(value)?.[0];
  if (kind === undefined) throw new MalformedBody("A part of the form has no Content-Disposition: form-data.");
  const found = new Map<string, string>();
  let at = kind.length;
  while (at < value.length) {
    parameter.lastIndex = at;
    const match = parameter.exec(value);
    if (!match) throw new MalformedBody("A part of the form has a malformed Content-Disposition.");
    const [whole, key = "", star = "", quoted, bare = ""] = match;
    at += whole.length;
    const text = star ? decodeExtended(quoted ?? bare) : quoted === undefined ? bare : unquote(quoted);
    if (!found.has(key.toLowerCase() + star)) found.set(key.toLowerCase() + star, text);
  }
  const name = found.get("name");
  if (name === undefined) throw new MalformedBody("A part of the form has no name.");
  return { name, filename: found.get("filename*") ?? found.get("filename") };
}

/** Only `\"` and `\\` are escapes: browsers send the backslashes of a path as they are. */
function unquote(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}

/** RFC 8187: `utf-8''caf%C3%A9.whl`, which older clients send for names outside ASCII. */
function decodeExtended(text: string): string {
  const [, charset = "", encoded = ""] = /^([^']*)'[^']*'(.*)$/.exec(text) ?? [];
  if (charset.toLowerCase() !== "utf-8" || /%(?![0-9A-Fa-f]{2})/.test(encoded)) {
    throw new MalformedBody("A part of the form has a malformed Content-Disposition.");
  }
  return decodeForm(Buffer.from(unescape(encoded), "latin1"));
}
