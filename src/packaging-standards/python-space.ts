/**
 * What Python takes for whitespace, for use inside the brackets of a regular expression: JavaScript's `\s` lacks U+001C
 * to U+001F and U+0085 and has U+FEFF.
 */
export const PYTHON_SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** One whitespace character of Python's. */
export const PYTHON_SPACE = `[${PYTHON_SPACES}]`;

/** Python's `str.strip()`. */
export function pythonStrip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPythonSpace(text.charAt(start))) start++;
  while (end > start && isPythonSpace(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

const ONE = new RegExp(`^${PYTHON_SPACE}$`);
function isPythonSpace(character: string): boolean {
  return ONE.test(character);
}
