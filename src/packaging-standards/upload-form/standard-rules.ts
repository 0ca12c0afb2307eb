import { InvalidText } from "../errors.ts";
import { canonicalizeLicenseExpression } from "../license-expression.ts";
import { parseName } from "../names.ts";
import { pythonRepr } from "../python-repr.ts";
import { parseRequirement } from "../requirement.ts";
import { parseSpecifierSet } from "../specifier.ts";
import { parseVersion } from "../version.ts";
import { descriptionContentTypeFault } from "./description-content-type.ts";
import type { Fault, Offence } from "./fault.ts";
import { importNameFault } from "./import-name.ts";
import { licenseFileFault } from "./license-file.ts";
import { METADATA_FIELDS, METADATA_VERSIONS, NEVER_DYNAMIC } from "./metadata-fields.ts";

/** Values by metadata field, only fields that are there. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** What is wrong with the values of one field, or undefined. */
type Rule = (values: readonly string[]) => string | undefined;

/** Every character that ends a line for Python's `str.splitlines()`. */
const LINE_BREAKS = [..."\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"];

const VERSIONS: readonly string[] = METADATA_VERSIONS;
const DYNAMIC = new Set(METADATA_FIELDS.map(({ name }) => name));

/** What the standards themselves ask of a field, with the reference's texts. */
const RULES: Readonly<Record<string, Rule>> = {
  name: each("name", reads(parseName)),
  version: each("version", reads(parseVersion)),
  summary: ([summary = ""]) =>
    LINE_BREAKS.some((character) => summary.includes(character)) ? "'summary' must be a single line" : undefined,
  "description-content-type": ([value = ""]) => descriptionContentTypeFault(value),
  dynamic: (values) => firstOf(values, (value) => dynamicFault(value.toLowerCase())),
  "provides-extra": each("provides-extra", reads(parseName)),
  "requires-python": each("requires-python", reads(parseSpecifierSet)),
  "requires-dist": each("requires-dist", reads(parseRequirement)),
  "license-expression": each("license-expression", reads(canonicalizeLicenseExpression)),
  "license-file": (values) => firstOf(values, licenseFileFault),
  "import-name": (values) => firstOf(values, (value) => importNameFault(value, "import-name")),
  "import-namespace": (values) => firstOf(values, (value) => importNameFault(value, "import-namespace")),
};

/** The grammars of single values, those included that only an index asks for. */
const GRAMMARS: Readonly<Record<string, (value: string) => unknown>> = {
  name: parseName,
  version: parseVersion,
  "provides-extra": parseName,
  "requires-python": parseSpecifierSet,
  "requires-dist": parseRequirement,
  "provides-dist": parseRequirement,
  "obsoletes-dist": parseRequirement,
  "license-expression": canonicalizeLicenseExpression,
};

/** Of a field that is wrong: the value that is, and where it stops being right. */
export function offenceOf(field: string, values: readonly string[]): Offence {
  for (const value of values) {
    const error = refusal(GRAMMARS[field], value);
    if (error) return error;
  }
  return { input: values[0] ?? "" };
}

/** All that the core metadata specification has against these values, at most one fault per field. */
export function standardFaults(values: Values): Fault[] {
  const declared = values.get("metadata-version")?.[0];
  const age = VERSIONS.indexOf(declared ?? "");
  const faults: Fault[] = [];
  if (age < 0) {
    const shown = declared === undefined ? "None" : pythonRepr(declared);
    faults.push({ field: "metadata-version", text: `${shown} is not a valid metadata version` });
  }
  for (const field of ["name", "version"]) {
    if (!values.has(field)) faults.push({ field, text: `'${field}' is a required field` });
  }
  for (const { name, since } of METADATA_FIELDS) {
    const present = values.get(name);
    if (!present) continue;
    if (age >= 0 && VERSIONS.indexOf(since) > age) {
      faults.push({ field: name, text: `${name} introduced in metadata version ${since}, not ${declared}` });
      continue;
    }
    const text = RULES[name]?.(present);
    if (text !== undefined) faults.push({ field: name, text });
  }
  return faults;
}

/** What a rule has against the first value it has something against. */
export function firstOf(values: readonly string[], fault: (value: string) => string | undefined): string | undefined {
  for (const value of values) {
    const text = fault(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

function each(field: string, isRight: (value: string) => boolean): Rule {
  return (values) =>
    firstOf(values, (value) => (isRight(value) ? undefined : `${pythonRepr(value)} is invalid for '${field}'`));
}

function reads(read: (value: string) => unknown): (value: string) => boolean {
  return (value) => refusal(read, value) === undefined;
}

function refusal(read: ((value: string) => unknown) | undefined, value: string): InvalidText | undefined {
  try {
    read?.(value);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidText) return error;
    throw error;
  }
}

function dynamicFault(field: string): string | undefined {
  if (NEVER_DYNAMIC.includes(field)) return `${pythonRepr(field)} is not allowed as a dynamic field`;
  return DYNAMIC.has(field) ? undefined : `${pythonRepr(field)} is not a valid dynamic field`;
}
