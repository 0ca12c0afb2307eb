/**
 * The order that version texts had before PEP 440, from setuptools: still needed for releases of that time, which sort
 * below every PEP 440 version. Total over all texts, lowest first.
 */
export function compareLegacyVersions(a: string, b: string): number {
  const left = historicKey(a);
  const right = historicKey(b);
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = compareCodePoints(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length || compareCodePoints(a, b);
}

const REPLACED = new Map([
  ["pre", "c"],
  ["preview", "c"],
  ["rc", "c"],
  ["-", "final-"],
  ["dev", "@"],
]);

/** Numbers padded to eight digits; words, marked `*`, around the word `*final`, before which pre-release words sort. */
function historicKey(text: string): readonly string[] {
  const parts: string[] = [];
  for (const token of [...historicTokens(text.toLowerCase()), "*final"]) {
    if (token.startsWith("*")) {
      if (token < "*final") while (parts.at(-1) === "*final-") parts.pop();
      while (parts.at(-1) === "00000000") parts.pop();
    }
    parts.push(token);
  }
  return parts;
}

function* historicTokens(text: string): Generator<string> {
  for (const piece of text.split(/(\p{Nd}+|[a-z]+|\.|-)/u)) {
    const token = REPLACED.get(piece) ?? piece;
    if (token === "" || token === ".") continue;
    yield /^[0-9]/.test(token) ? token.padStart(8, "0") : `*${token}`;
  }
}

/** Python compares texts by code point; JavaScript's `<` goes by UTF-16 unit, which differs above U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  const differs = left.findIndex((code, index) => code !== right[index]);
  if (differs < 0) return -1;
  return (left[differs] ?? 0) - (right[differs] ?? -1);
}
