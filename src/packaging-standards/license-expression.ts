import { InvalidLicenseExpression } from "./errors.ts";
import { PYTHON_SPACES } from "./python-space.ts";
import spdx from "./spdx.generated.json" with { type: "json" };

const LICENSES = new Map(spdx.licenses.map((id) => [id.toLowerCase(), id]));
const EXCEPTIONS = new Map(spdx.exceptions.map((id) => [id.toLowerCase(), id]));
const TOKENS = new RegExp(`[()]|[^()${PYTHON_SPACES}]+`, "g");

/** Deeper nesting than anybody writes. */
const MAX_DEPTH = 100;

/**
 * The canonical form of a license expression (PEP 639): SPDX ids in the list's case, operators in capitals, single
 * spaces, parentheses as typed. Throws InvalidLicenseExpression.
 */
export function canonicalizeLicenseExpression(text: string): string {
  const printed: string[] = [];
  let depth = 0;
  let previous = "(";
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    const token = match[0];
    at = match.index;
    // Changing case would lead from a few other letters into ASCII, such as the Kelvin sign.
    if (/[^!-~]/.test(token)) throw new InvalidLicenseExpression(text, at, `${token} is not ASCII`);
    const kind = kindOf(token);
    if (!mayFollow(kind, previous)) throw new InvalidLicenseExpression(text, at, `${token} cannot stand here`);
    if (kind === "(") depth++;
    if (kind === ")") depth--;
    if (depth < 0) throw new InvalidLicenseExpression(text, at, "a parenthesis is closed that was not opened");
    if (depth > MAX_DEPTH) throw new InvalidLicenseExpression(text, at, `more than ${MAX_DEPTH} nested parentheses`);
    printed.push(printToken(text, token, at, previous === "WITH"));
    // What an exception follows stays a license: WITH may come again, as the reference has it.
    previous = kind;
  }
  if (!isOperand(previous)) throw new InvalidLicenseExpression(text, text.length, "a license is missing");
  if (depth > 0) throw new InvalidLicenseExpression(text, text.length, "a parenthesis is not closed");
  return printed.join(" ").replaceAll("( ", "(").replaceAll(" )", ")");
}

type Kind = "(" | ")" | "AND" | "OR" | "WITH" | "id";

function kindOf(token: string): Kind {
  const upper = token.toUpperCase();
  if (upper === "AND" || upper === "OR" || upper === "WITH" || upper === "(" || upper === ")") return upper;
  return "id";
}

function isOperand(kind: string): boolean {
  return kind === "id" || kind === ")";
}

function mayFollow(kind: Kind, previous: string): boolean {
  if (kind === "WITH") return previous === "id";
  if (kind === "(") return !isOperand(previous) && previous !== "WITH";
  return kind === "id" ? !isOperand(previous) : isOperand(previous);
}

function printToken(text: string, token: string, at: number, isException: boolean): string {
  const kind = kindOf(token);
  if (kind !== "id") return kind;
  if (isException) {
    const exception = EXCEPTIONS.get(token.toLowerCase());
    if (!exception) throw new InvalidLicenseExpression(text, at, `${token} is not an SPDX license exception`);
    return exception;
  }
  const [, reference] = /^LicenseRef-([A-Za-z0-9.-]+)$/i.exec(token) ?? [];
  if (reference) return `LicenseRef-${reference}`;
  const orLater = token.endsWith("+");
  const license = LICENSES.get((orLater ? token.slice(0, -1) : token).toLowerCase());
  if (!license) throw new InvalidLicenseExpression(text, at, `${token} is not an SPDX license`);
  return orLater ? `${license}+` : license;
}
