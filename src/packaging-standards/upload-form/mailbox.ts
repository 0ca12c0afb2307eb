/**
 * The address of the first mailbox in an Author-email or Maintainer-email value (RFC 822, in the lenient reading of
 * Python's `parseaddr`): `Foo (x) <a@b.example>, …` gives `a@b.example`; words without an address, `Foo Bar`, give the
 * first of them; `Foo <>` and what cannot be read give "", which nobody judges.
 */
export function firstAddress(value: string): string {
  return new MailboxReader(value).readMailbox() ?? "";
}

const SPACE = /[ \t\r\n]/;
/** Characters that end an atom; inside the words of a person's name a dot does not. */
const ENDS_ATOM = /[()<>@,:;.\\"[\] \t\r\n]/;
const ENDS_WORD = /[()<>@,:;\\"[\] \t\r\n]/;

class MailboxReader {
  readonly #value: string;
  #at = 0;

  constructor(value: string) {
    this.#value = value;
  }

  readMailbox(isInGroup = false): string | undefined {
    this.#skip();
    const start = this.#at;
    const [firstWord] = this.#readWords();
    if (this.#next === "@") {
      this.#at = start;
      return this.#readAddress();
    }
    if (this.#next === "<") return this.#readAngles();
    if (this.#next !== ":") return firstWord;
    // Groups do not nest: a further name with a colon is passed over by the group that is being read.
    return isInGroup ? undefined : this.#readGroup();
  }

  /** "" at the end. */
  get #next(): string {
    return this.#value.charAt(this.#at);
  }

  get #isAtEnd(): boolean {
    return this.#at >= this.#value.length;
  }

  #readWords(): string[] {
    const words: string[] = [];
    while (!this.#isAtEnd) {
      if (SPACE.test(this.#next)) this.#at++;
      else if (this.#next === "(") this.#skipComment();
      else if (this.#next === '"') words.push(this.#readQuoted());
      else if (ENDS_WORD.test(this.#next)) break;
      else words.push(this.#readAtom(ENDS_WORD));
    }
    return words;
  }

  /** `name: a@b.example, c@d.example;` gives the first of its members. */
  #readGroup(): string | undefined {
    while (this.#next === ":" || this.#next === ",") {
      this.#at++;
      const address = this.readMailbox(true);
      if (address !== undefined) return address;
      this.#skip();
    }
    return undefined;
  }

  /** `<@route:a@b.example>`, the route left out. */
  #readAngles(): string {
    this.#at++;
    this.#skip();
    while (!this.#isAtEnd && this.#next !== ">") {
      if (this.#next !== "@" && this.#next !== ":") return this.#readAddress();
      const isRoute = this.#next === "@";
      this.#at++;
      this.#skip();
      if (isRoute) this.#readDomain();
      this.#skip();
    }
    return "";
  }

  #readAddress(): string {
    let local = "";
    // Spaces count between two words alone, not beside a dot or at the end.
    let spaces = "";
    while (!this.#isAtEnd) {
      if (this.#next === ".") {
        local += ".";
        this.#at++;
        this.#skip();
        spaces = "";
        continue;
      }
      if (this.#next !== '"' && ENDS_ATOM.test(this.#next)) break;
      local += spaces + (this.#next === '"' ? `"${this.#readQuoted()}"` : this.#readAtom(ENDS_ATOM));
      spaces = this.#skip();
    }
    if (this.#next !== "@") return local;
    this.#at++;
    const domain = this.#readDomain();
    return domain === "" ? "" : `${local}@${domain}`;
  }

  /** Without spaces; "" when another `@` follows, since then it is not clear what the address is. */
  #readDomain(): string {
    let domain = "";
    for (;;) {
      this.#skip();
      if (this.#isAtEnd) return domain;
      if (this.#next === "[") domain += this.#readLiteral();
      else if (this.#next === "@") return "";
      else if (this.#next !== "." && ENDS_ATOM.test(this.#next)) return domain;
      else domain += this.#next === "." ? this.#value.charAt(this.#at++) : this.#readAtom(ENDS_ATOM);
    }
  }

  #readAtom(end: RegExp): string {
    const start = this.#at;
    while (!this.#isAtEnd && !end.test(this.#next)) this.#at++;
    return this.#value.slice(start, this.#at);
  }

  #readLiteral(): string {
    const end = this.#value.indexOf("]", this.#at);
    const start = this.#at;
    this.#at = end < 0 ? this.#value.length : end + 1;
    return this.#value.slice(start, this.#at);
  }

  #readQuoted(): string {
    let text = "";
    for (this.#at++; !this.#isAtEnd && this.#next !== '"'; this.#at++) {
      if (this.#next === "\\") this.#at++;
      text += this.#next;
    }
    this.#at++;
    return text;
  }

  #skipComment(): void {
    let depth = 0;
    do {
      if (this.#next === "\\") this.#at++;
      else if (this.#next === "(") depth++;
      else if (this.#next === ")") depth--;
      this.#at++;
    } while (depth > 0 && !this.#isAtEnd);
  }

  /** Passes over spaces and comments; gives back the spaces that are not line breaks. */
  #skip(): string {
    let spaces = "";
    while (!this.#isAtEnd) {
      if (this.#next === "(") {
        this.#skipComment();
      } else if (SPACE.test(this.#next)) {
        spaces += this.#next === "\r" || this.#next === "\n" ? "" : this.#next;
        this.#at++;
      } else {
        break;
      }
    }
    return spaces;
  }
}
