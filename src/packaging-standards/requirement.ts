import { InvalidRequirement, InvalidSpecifier } from "./errors.ts";
import { type Marker, printMarker, readMarker } from "./marker.ts";
import { RequirementReader } from "./requirement-reader.ts";
import { parseSpecifierSet, SPECIFIER_GRAMMAR, type SpecifierSet } from "./specifier.ts";

/** What a distribution needs: `name[extras]specifiers; marker` or `name[extras] @ url ; marker` (PEP 508). */
export interface Requirement {
  /** As typed; normalizeName makes the key for lookups. */
  readonly name: string;
  /** As typed, sorted, each once. */
  readonly extras: readonly string[];
  readonly specifiers: SpecifierSet;
  readonly url: string | null;
  readonly marker: Marker | null;
}

const NAME = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?![A-Za-z0-9._-])/y;
const SPECIFIER = new RegExp(SPECIFIER_GRAMMAR, "iy");
const NOTHING: SpecifierSet = { text: "", specifiers: [] };

/** Reads a requirement (PEP 508, "Grammar"). Throws InvalidRequirement. */
export function parseRequirement(text: string): Requirement {
  const reader = new RequirementReader(text);
  reader.skipSpace();
  const name = reader.takePattern(NAME);
  if (name === undefined) return reader.fail("Expected package name at the start of dependency specifier");
  reader.skipSpace();
  const extras = readExtras(reader);
  reader.skipSpace();
  if (reader.take("@")) {
    const url = readUrl(reader);
    return {
      name,
      extras,
      specifiers: NOTHING,
      url,
      marker: readEnd(reader, "Expected semicolon (after URL and whitespace) or end"),
    };
  }
  const start = reader.at;
  const specifiers = readSpecifiers(reader);
  const expected =
    specifiers.text === ""
      ? "semicolon (after name with no version specifier)"
      : "comma (within version specifier), semicolon (after version specifier)";
  return { name, extras, specifiers, url: null, marker: readEnd(reader, `Expected ${expected} or end`, start) };
}

/** The printed form of a requirement (PEP 508), in which requirements are stored and served. */
export function printRequirement({ name, extras, specifiers, url, marker }: Requirement): string {
  return [
    name,
    extras.length > 0 ? `[${extras.join(",")}]` : "",
    url === null ? specifiers.text : ` @ ${url}`,
    marker === null ? "" : `${url === null ? "" : " "}; ${printMarker(marker)}`,
  ].join("");
}

/** A requirement (PEP 508) in its printed form. Throws InvalidRequirement. */
export function normalizeRequirement(text: string): string {
  return printRequirement(parseRequirement(text));
}

function readExtras(reader: RequirementReader): readonly string[] {
  const open = reader.at;
  if (!reader.take("[")) return [];
  const extras = new Set<string>();
  reader.skipSpace();
  let extra = reader.takePattern(NAME);
  while (extra !== undefined) {
    extras.add(extra);
    reader.skipSpace();
    if (!reader.take(",")) {
      if (reader.isNext(NAME)) reader.fail("Expected comma between extra names");
      break;
    }
    reader.skipSpace();
    extra = reader.takePattern(NAME);
    if (extra === undefined) reader.fail("Expected extra name after comma");
  }
  if (!reader.take("]")) reader.fail("Expected matching RIGHT_BRACKET for LEFT_BRACKET, after extras", open);
  return [...extras].sort();
}

function readUrl(reader: RequirementReader): string {
  reader.skipSpace();
  const url = reader.takePattern(/[^\s]+/y);
  if (url === undefined) return reader.fail("Expected URL after @");
  return url;
}

function readSpecifiers(reader: RequirementReader): SpecifierSet {
  const open = reader.at;
  const inParentheses = reader.take("(");
  reader.skipSpace();
  const start = reader.at;
  while (readSpecifier(reader)) {
    reader.skipSpace();
    if (!reader.take(",")) break;
    reader.skipSpace();
  }
  const list = reader.text.slice(start, reader.at);
  if (inParentheses && !reader.take(")")) {
    reader.fail("Expected matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS, after version specifier", open);
  }
  reader.skipSpace();
  try {
    return parseSpecifierSet(list);
  } catch (error) {
    if (!(error instanceof InvalidSpecifier)) throw error;
    // `===` takes commas along: `a===x,y` reads as one specifier here and as two in the set.
    throw new InvalidRequirement(reader.text, start + error.at, error.message);
  }
}

function readSpecifier(reader: RequirementReader): boolean {
  const start = reader.at;
  if (reader.takePattern(SPECIFIER) === undefined) return false;
  if (reader.takePattern(/\.\*/y)) {
    reader.failAt(start, ".* can only follow `==` or `!=` and plain release numbers");
  }
  if (reader.takePattern(/\+[a-z0-9]+(?:[-_.][a-z0-9]+)*/iy)) {
    reader.failAt(start, "A local version can only follow `==` or `!=`");
  }
  return true;
}

/** An optional marker, and then nothing more. */
function readEnd(reader: RequirementReader, expected: string, from?: number): Marker | null {
  const afterUrl = from === undefined;
  reader.skipSpace();
  if (reader.isAtEnd()) return null;
  const previous = reader.text[reader.at - 1];
  if (afterUrl && previous !== " " && previous !== "\t") reader.fail(expected);
  if (!reader.take(";")) reader.fail(expected, from);
  const marker = readMarker(reader);
  reader.skipSpace();
  if (!reader.isAtEnd()) reader.fail("Expected end of dependency specifier");
  return marker;
}
