import { InvalidSpecifier } from "./errors.ts";
import { PYTHON_SPACE, PYTHON_SPACES, pythonStrip } from "./python-space.ts";
import { findVersion, type ParsedVersion } from "./version.ts";
import { VERSION_LOCAL, VERSION_START, VERSION_SUFFIXES } from "./version-grammar.ts";

/** PEP 440, "Version specifiers". */
export type SpecifierOperator = "~=" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "===";

/** One member of a set, such as `>=3.9` or `==1.0.*`. */
export interface Specifier {
  /** As typed, without whitespace. */
  readonly text: string;
  readonly operator: SpecifierOperator;
  /** What `===` compares with, as typed. */
  readonly literal: string;
  /** The version named, without `.*`; null for `===`, which takes any text. */
  readonly version: ParsedVersion | null;
  /** Whether `.*` follows: any version that begins so. */
  readonly isPrefix: boolean;
}

/** A set of specifiers that must all hold (PEP 440, "Version specifiers"); the empty one holds for everything. */
export interface SpecifierSet {
  /** The members sorted as texts and joined by commas: what is stored and served as Requires-Python. */
  readonly text: string;
  readonly specifiers: readonly Specifier[];
}

const SUFFIXED = VERSION_START + VERSION_SUFFIXES;
/**
 * One specifier at the beginning of a text. Which versions an operator takes is part of the grammar: requirements end a
 * specifier where it stops matching.
 */
export const SPECIFIER_GRAMMAR = [
  `===${PYTHON_SPACE}*[^${PYTHON_SPACES};)]*`,
  `[=!]=${PYTHON_SPACE}*(?:${VERSION_START}\\.\\*|${SUFFIXED}${VERSION_LOCAL}?)`,
  `~=${PYTHON_SPACE}*(?=v?(?:[0-9]+!)?[0-9]+\\.[0-9])${SUFFIXED}`,
  `(?:<=|>=|<|>)${PYTHON_SPACE}*${SUFFIXED}`,
].join("|");
const WHOLE = new RegExp(`^(?:${SPECIFIER_GRAMMAR})$`, "i");

/**
 * Reads a comma-separated set; empty members are passed over (`>=1,,<2`), and of members that say the same (`>=1,>=1.0`)
 * the first in order stays. Throws InvalidSpecifier.
 */
export function parseSpecifierSet(text: string): SpecifierSet {
  const members: Specifier[] = [];
  let offset = 0;
  for (const piece of text.split(",")) {
    const member = pythonStrip(piece);
    if (member !== "") members.push(parseSpecifier(member, text, offset + piece.indexOf(member)));
    offset += piece.length + 1;
  }
  if (members.length === 1 && members[0]) return { text: members[0].text, specifiers: members };
  const different = new Map<string, Specifier>();
  for (const member of members.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))) {
    const meaning = meaningOf(member);
    if (!different.has(meaning)) different.set(meaning, member);
  }
  const specifiers = [...different.values()];
  return { text: specifiers.map((specifier) => specifier.text).join(","), specifiers };
}

/** Whether a text is a set of specifiers (PEP 440). */
export function isSpecifierSet(text: string): boolean {
  try {
    parseSpecifierSet(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidSpecifier) return false;
    throw error;
  }
}

function parseSpecifier(member: string, whole: string, at: number): Specifier {
  if (!WHOLE.test(member)) throw new InvalidSpecifier(whole, at, offence(member));
  const operator = (/^(?:===|[=!~<>]=|[<>])/.exec(member)?.[0] ?? "") as SpecifierOperator;
  const literal = pythonStrip(member.slice(operator.length));
  const text = operator + literal;
  if (operator === "===") return { text, operator, literal, version: null, isPrefix: false };
  const isPrefix = literal.endsWith(".*");
  const version = findVersion(isPrefix ? literal.slice(0, -2) : literal);
  if (!version) throw new InvalidSpecifier(whole, at, "a version that is too long");
  return { text, operator, literal, version, isPrefix };
}

function offence(member: string): string {
  const operator = /^(?:===|[=!~<>]=|[<>])/.exec(member)?.[0];
  if (!operator) return "expected one of ~= == != <= >= < > ===";
  const version = member.slice(operator.length);
  if (operator !== "==" && operator !== "!=") {
    if (version.endsWith(".*")) return `.* cannot follow ${operator}`;
    if (findVersion(version)?.local) return `a local version cannot follow ${operator}`;
  }
  return operator === "~=" && findVersion(version) ? "~= needs two release numbers" : `no version after ${operator}`;
}

/** `>=1.0` and `>=1` are the same; `~=1.0` and `~=1.0.0` are not. */
function meaningOf({ operator, text, version, isPrefix }: Specifier): string {
  if (!version || isPrefix) return text;
  return operator + (operator === "~=" ? version.text : version.canonical);
}
