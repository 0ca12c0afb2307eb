import { pythonRepr } from "./python-repr.ts";

/**
 * Text that breaks a packaging standard. The message says what was wrong and is safe to show; `input` is the text as it
 * came, `at` the offset (UTF-16 units) where it stops being right, `rule` the standard that says so.
 */
export abstract class InvalidText extends Error {
  abstract readonly code: string;
  readonly input: string;
  readonly at: number;
  readonly rule: string;

  constructor(message: string, where: { readonly input: string; readonly at?: number; readonly rule: string }) {
    super(message);
    this.name = new.target.name;
    this.input = where.input;
    this.at = where.at ?? 0;
    this.rule = where.rule;
  }
}

/** `'1.0 a' is not a version: unexpected text at position 3 (PEP 440)`, for texts with one grammar and one message. */
function explain(kind: string, input: string, at: number, reason: string, rule: string): string {
  return `${quote(input)} is not ${kind}: ${reason} at position ${at} (${rule})`;
}

/** Python's quoting of a text, cut to 200 characters, since a message has to stay readable. */
function quote(text: string): string {
  return text.length > 200 ? pythonRepr(`${text.slice(0, 150)}...${text.slice(-47)}`) : pythonRepr(text);
}

/** PEP 440. */
export class InvalidVersion extends InvalidText {
  readonly code = "invalid_version";
  constructor(input: string, at: number, reason: string) {
    super(explain("a version", input, at, reason, "PEP 440"), { input, at, rule: "PEP 440" });
  }
}

/** PEP 503 and PEP 508: project names, extras. */
export class InvalidName extends InvalidText {
  readonly code = "invalid_name";
  constructor(input: string, at: number) {
    super(explain("a name", input, at, "use ASCII letters, digits and . _ - between them, stopped", "PEP 508"), {
      input,
      at,
      rule: "PEP 508",
    });
  }
}

/** PEP 427; the message is the reference's. */
export class InvalidWheelFilename extends InvalidText {
  readonly code = "invalid_wheel_filename";
  constructor(message: string, input: string, at = 0) {
    super(message, { input, at, rule: "PEP 427" });
  }
}

/** PEP 625; the message is the reference's. */
export class InvalidSdistFilename extends InvalidText {
  readonly code = "invalid_sdist_filename";
  constructor(message: string, input: string, at = 0) {
    super(message, { input, at, rule: "PEP 625" });
  }
}

/** PEP 440, a specifier or a set of them. */
export class InvalidSpecifier extends InvalidText {
  readonly code = "invalid_specifier";
  constructor(input: string, at: number, reason: string) {
    super(explain("a version specifier", input, at, reason, "PEP 440"), { input, at, rule: "PEP 440" });
  }
}

/** PEP 508. `reason` stands alone; the message shows it over the text with the offence marked, as Python does. */
export class InvalidRequirement extends InvalidText {
  readonly code = "invalid_requirement";
  readonly reason: string;
  constructor(input: string, at: number, reason: string, from = at) {
    super(`${reason}\n    ${input}\n    ${" ".repeat(from)}${"~".repeat(at - from)}^`, { input, at, rule: "PEP 508" });
    this.reason = reason;
  }
}

/** PEP 639. */
export class InvalidLicenseExpression extends InvalidText {
  readonly code = "invalid_license_expression";
  constructor(input: string, at: number, reason: string) {
    super(explain("a license expression", input, at, reason, "PEP 639"), { input, at, rule: "PEP 639" });
  }
}
