import { normalizeName } from "./names.ts";
import type { RequirementReader } from "./requirement-reader.ts";

const MARKER_OPERATORS = ["===", "==", "~=", "!=", "<=", ">=", "<", ">", "in", "not in"] as const;
/** PEP 508, "Environment markers": `marker_op`. */
export type MarkerOperator = (typeof MARKER_OPERATORS)[number];

/** A variable of the installing environment, or a quoted text (PEP 508, `marker_var`). */
export type MarkerValue =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

/** A condition on the installing environment (PEP 508, "Environment markers"); an index prints it and never evaluates it. */
export type Marker =
  | {
      readonly kind: "comparison";
      readonly left: MarkerValue;
      readonly operator: MarkerOperator;
      readonly right: MarkerValue;
    }
  | { readonly kind: "and" | "or"; readonly terms: readonly Marker[] }
  /** Parentheses as typed around an `and` or an `or` that is part of something larger. */
  | { readonly kind: "group"; readonly marker: Marker };

const VARIABLES: ReadonlySet<string> = new Set(
  `python_version python_full_version os_name sys_platform platform_release platform_system platform_version
  platform_machine platform_python_implementation implementation_name implementation_version extra extras
  dependency_groups`.split(/\s+/),
);

/** Spellings from before PEP 508 that are still met. */
const OLD_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["os.name", "os_name"],
  ["sys.platform", "sys_platform"],
  ["platform.version", "platform_version"],
  ["platform.machine", "platform_machine"],
  ["platform.python_implementation", "platform_python_implementation"],
  ["python_implementation", "platform_python_implementation"],
]);

/** Deeper nesting than anybody writes; a reader that recurses has to stop somewhere. */
const MAX_DEPTH = 100;

/** Reads a marker up to where it ends. Throws InvalidRequirement. */
export function readMarker(reader: RequirementReader): Marker {
  return withoutGroup(readAlternatives(reader, 0));
}

/** The printed form of a marker (PEP 508): single spaces, double quotes, parentheses only where they group something. */
export function printMarker(marker: Marker): string {
  switch (marker.kind) {
    case "comparison":
      return `${printValue(marker.left)} ${marker.operator} ${printValue(marker.right)}`;
    case "group":
      return `(${printMarker(marker.marker)})`;
    default:
      return marker.terms.map(printMarker).join(` ${marker.kind} `);
  }
}

function readAlternatives(reader: RequirementReader, depth: number): Marker {
  return readJoined(reader, "or", () => readJoined(reader, "and", () => readTerm(reader, depth)));
}

function readJoined(reader: RequirementReader, kind: "and" | "or", readOne: () => Marker): Marker {
  const terms = [readOne()];
  while (reader.takeWord(kind)) terms.push(readOne());
  return terms.length === 1 && terms[0] ? terms[0] : { kind, terms };
}

function readTerm(reader: RequirementReader, depth: number): Marker {
  reader.skipSpace();
  const open = reader.at;
  if (!reader.take("(")) return readComparison(reader);
  if (depth === MAX_DEPTH) reader.fail(`Expected at most ${MAX_DEPTH} nested parentheses`);
  const marker = withoutGroup(readAlternatives(reader, depth + 1));
  reader.skipSpace();
  if (!reader.take(")")) {
    reader.fail("Expected matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS, after marker expression", open);
  }
  reader.skipSpace();
  return marker.kind === "comparison" ? marker : { kind: "group", marker };
}

function readComparison(reader: RequirementReader): Marker {
  const left = readValue(reader);
  const operator = readOperator(reader);
  const right = readValue(reader);
  if (isExtra(left)) return { kind: "comparison", left, operator, right: normalizeExtra(right) };
  return { kind: "comparison", left: isExtra(right) ? normalizeExtra(left) : left, operator, right };
}

function readOperator(reader: RequirementReader): MarkerOperator {
  reader.skipSpace();
  const word = reader.takePattern(/not(?=[ \t])|in(?![A-Za-z0-9_])|===|==|~=|!=|<=|>=|<|>/y);
  if (word === "not") {
    reader.skipSpace();
    if (!reader.takePattern(/in(?![A-Za-z0-9_])/y)) reader.fail("Expected 'in' after 'not'");
    return "not in";
  }
  const operator = MARKER_OPERATORS.find((known) => known === word);
  if (!operator) reader.fail("Expected marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in");
  return operator;
}

function readValue(reader: RequirementReader): MarkerValue {
  reader.skipSpace();
  const quoted = reader.takePattern(/'[^']*'|"[^"]*"/y);
  if (quoted !== undefined) {
    reader.skipSpace();
    return { kind: "text", text: quoted.slice(1, -1) };
  }
  const start = reader.at;
  const word = reader.takePattern(/(?:os|sys|platform)\.[a-z_]+|[A-Za-z0-9_]+/y);
  const name = OLD_SPELLINGS.get(word ?? "") ?? word ?? "";
  if (!VARIABLES.has(name)) reader.failAt(start, "Expected a marker variable or quoted string");
  reader.skipSpace();
  return { kind: "variable", name };
}

function isExtra(value: MarkerValue): boolean {
  return value.kind === "variable" && value.name === "extra";
}

function normalizeExtra(value: MarkerValue): MarkerValue {
  return value.kind === "text" ? { kind: "text", text: normalizeName(value.text) } : value;
}

function printValue(value: MarkerValue): string {
  if (value.kind === "variable") return value.name;
  return value.text.includes('"') ? `'${value.text}'` : `"${value.text}"`;
}

function withoutGroup(marker: Marker): Marker {
  return marker.kind === "group" ? marker.marker : marker;
}
