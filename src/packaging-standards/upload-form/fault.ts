import { InvalidText } from "../errors.ts";

/** Where refusals of an upload form send people. */
export interface FormLinks {
  /** The core metadata specification. */
  readonly coreMetadata: string;
  /** The part of the version specification about local versions. */
  readonly localVersions: string;
}

/** One thing that is wrong: the field's name and the text, without the sentence that says where to read on. */
export interface Fault {
  readonly field: string;
  readonly text: string;
  readonly link?: keyof FormLinks;
}

/** A field of the upload form (upload API 1.0) that is no metadata is missing or wrong; the message is the whole refusal. */
export class InvalidForm extends InvalidText {
  readonly code = "invalid_form";
  readonly field: string;
  constructor(field: string, message: string, input = "") {
    super(message, { input, rule: "upload form" });
    this.field = field;
  }
}

/** Which value is wrong, where, and by which standard; without `at` and `rule` the value as a whole is. */
export interface Offence {
  readonly input: string;
  readonly at?: number;
  readonly rule?: string;
}

/** Core metadata that an index does not take (core metadata specification); the message is the whole refusal. */
export class InvalidMetadata extends InvalidText {
  readonly code = "invalid_metadata";
  /** The metadata field in lower case (`requires-dist`); of values that cannot be read, the form field. */
  readonly field: string;
  constructor({ field, text, link = "coreMetadata" }: Fault, links: FormLinks, offence: Offence) {
    const sentence = text.endsWith(".") ? text : `${text}.`;
    super(`${sentence} See ${links[link]} for more information.`, {
      input: offence.input,
      at: offence.at ?? 0,
      rule: offence.rule ?? "core metadata",
    });
    this.field = field;
  }
}

const FIRST = ["metadata-version", "name", "version"];

/** The fault that is reported of several: what identifies the release first, then by name. */
export function firstFault(faults: readonly Fault[]): Fault | undefined {
  const rank = (field: string) => (FIRST.includes(field) ? FIRST.indexOf(field) : FIRST.length);
  return faults.toSorted(
    (a, b) => rank(a.field) - rank(b.field) || (a.field < b.field ? -1 : a.field > b.field ? 1 : 0),
  )[0];
}
