import { MAX_MEMBERS } from "./invalid-archive.ts";

/** Python's csv module refuses longer fields. */
const MAX_FIELD = 131_072;

/**
 * The names that a wheel's RECORD lists (PEP 376, PEP 627), backslashes as slashes, read as Python's csv module does.
 * Undefined when it is not UTF-8 or not CSV. Blank lines are skipped; names beyond one more than an archive can have
 * members are not kept.
 */
export function recordNames(record: Uint8Array): ReadonlySet<string> | undefined {
  const text = decodeUtf8(record);
  if (text === undefined) return undefined;
  const names = new Set<string>();
  let at = 0;
  while (at < text.length) {
    const row = readRow(text, at);
    if (row === undefined) return undefined;
    if (row.name !== undefined && names.size <= MAX_MEMBERS) names.add(row.name.replaceAll("\\", "/"));
    at = row.end;
  }
  return names;
}

/** Undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One row from `at`: its first field (undefined for a blank line) and the offset after its line end. */
function readRow(text: string, at: number): { readonly name: string | undefined; readonly end: number } | undefined {
  let name: string | undefined;
  for (let start = at; ; ) {
    const field = readField(text, start);
    if (field.value.length > MAX_FIELD) return undefined;
    const isBlank = start === at && field.end === start && text[field.end] !== ",";
    if (start === at && !isBlank) name = field.value;
    if (text[field.end] === ",") {
      start = field.end + 1;
      continue;
    }
    if (text[field.end] !== "\r") return { name, end: field.end + 1 };
    return { name, end: field.end + (text[field.end + 1] === "\n" ? 2 : 1) };
  }
}

/**
 * A field and where it stops: at a comma, a line end or the end of the text. A quote counts only as its first character,
 * and one that is never closed reaches to the end.
 */
function readField(text: string, start: number): { readonly value: string; readonly end: number } {
  if (text[start] !== '"') {
    const end = nextStop(text, start);
    return { value: text.slice(start, end), end };
  }
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0 || value.length > MAX_FIELD) return { value: value + text.slice(at), end: text.length };
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at++;
  }
  const end = nextStop(text, at);
  return { value: value + text.slice(at, end), end };
}

const STOP = /[,\r\n]/g;

function nextStop(text: string, from: number): number {
  STOP.lastIndex = from;
  return STOP.exec(text)?.index ?? text.length;
}
