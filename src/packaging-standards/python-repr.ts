const SHORT: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Python's `repr()` of a text, which is how upload clients know the values in refusals: single quotes, double ones only
 * when the value holds a `'` and no `"`; what Python counts as not printable is escaped.
 */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'\p{C}\p{Zl}\p{Zp}\p{Zs}]/gu, (character) => escapeOne(character, quote));
  return quote + body + quote;
}

/** `['a', 'b']`, Python's `repr()` of a list of texts. */
export function pythonListRepr(texts: readonly string[]): string {
  return `[${texts.map(pythonRepr).join(", ")}]`;
}

function escapeOne(character: string, quote: string): string {
  if (character === " ") return character;
  if (character === "'") return quote === "'" ? "\\'" : character;
  const short = SHORT[character];
  if (short) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
