/** A version text that is not PEP 440, taken apart once for many comparisons. */
export class LegacyVersion {
  readonly #text: string;
  readonly #key: readonly string[];

  constructor(text: string) {
    this.#text = text;
    this.#key = historicKey(text);
  }

  /**
   * The order that version texts had before PEP 440, from setuptools: still needed for releases of that time, which sort
   * below every PEP 440 version. Total over all texts, lowest first.
   */
  compare(other: LegacyVersion): number {
    const [left, right] = [this.#key, other.#key];
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      const order = compareCodePoints(left[index] ?? "", right[index] ?? "");
      if (order !== 0) return order;
    }
    return left.length - right.length || compareCodePoints(this.#text, other.#text);
  }
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

/** Digits, words, and what is neither; a dot only separates. Compiled once: there can be a token for every character. */
const TOKENS = /\p{Nd}+|[a-z]+|-|[^\p{Nd}a-z.-]+/gu;

function historicTokens(text: string): string[] {
  const tokens = text.match(TOKENS) ?? [];
  return tokens.map((piece) => {
    const token = REPLACED.get(piece) ?? piece;
    const first = token.charCodeAt(0);
    return first >= 0x30 && first <= 0x39 ? token.padStart(8, "0") : `*${token}`;
  });
}

/** Python compares texts by code point; JavaScript's `<` goes by UTF-16 unit, which differs above U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  let at = 0;
  while (at < shared && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shared) return a.length - b.length;
  // Where only the second half of a pair differs, the halves are in the order of their code points.
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

/** Halves of surrogate pairs stand for code points above every single unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
