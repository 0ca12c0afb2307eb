import { InvalidRequirement } from "./errors.ts";

/** A text read from left to right, piece by piece (PEP 508); spaces are spaces and tabs. */
export class RequirementReader {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The offset of the next character. */
  get at(): number {
    return this.#at;
  }

  skipSpace(): void {
    while (this.text[this.#at] === " " || this.text[this.#at] === "\t") this.#at++;
  }

  /** Takes one character if it is next. */
  take(character: string): boolean {
    const found = this.text[this.#at] === character;
    if (found) this.#at++;
    return found;
  }

  /** Takes a whole word if it is next. */
  takeWord(word: "and" | "or"): boolean {
    this.skipSpace();
    return this.takePattern(word === "and" ? /and(?![A-Za-z0-9_])/y : /or(?![A-Za-z0-9_])/y) !== undefined;
  }

  /** Whether a sticky pattern finds something here. */
  isNext(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.text);
  }

  /** Takes what a sticky pattern finds here. */
  takePattern(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Nothing is left; one newline at the end is tolerated, since metadata files end their lines so. */
  isAtEnd(): boolean {
    return this.#at === this.text.length || (this.#at === this.text.length - 1 && this.text.endsWith("\n"));
  }

  /** Refuses what is next; `from` begins the piece that ends badly here. */
  fail(reason: string, from = this.#at): never {
    throw new InvalidRequirement(this.text, this.#at, reason, from);
  }

  failAt(at: number, reason: string): never {
    throw new InvalidRequirement(this.text, at, reason);
  }
}
