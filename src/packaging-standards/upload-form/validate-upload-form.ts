import type { CoreMetadata } from "../core-metadata.ts";
import { isValidName } from "../names.ts";
import { pythonRepr } from "../python-repr.ts";
import { pythonStrip } from "../python-space.ts";
import { type FormLinks, firstFault, InvalidForm, InvalidMetadata } from "./fault.ts";
import { type IndexRules, indexFaults, splitProjectUrl } from "./index-rules.ts";
import { METADATA_FIELDS } from "./metadata-fields.ts";
import { readCoreMetadata } from "./read-core-metadata.ts";
import { offenceOf, standardFaults, type Values } from "./standard-rules.ts";

/** Names and values of a form in order of arrival; parts that carry files are not among them. */
export type FormFields = ReadonlyMap<string, readonly string[]>;

/** What an index may decide about forms, and where its refusals send people. */
export interface UploadFormRules extends IndexRules {
  readonly links: FormLinks;
}

/** A valid upload form (upload API 1.0), without the file. */
export interface UploadForm {
  readonly filetype: "sdist" | "bdist_wheel";
  /** What the uploader says the file runs on, `py3`; `source` for an sdist. Nobody compares it with the file's tags. */
  readonly pyversion: string;
  readonly comment: string | null;
  /** Lower-case hex as sent; at least one is there. The md5 is not checked to be one. */
  readonly digests: { readonly md5: string | null; readonly sha256: string | null; readonly blake2b256: string | null };
  readonly metadata: CoreMetadata;
}

/**
 * Checks an upload form in the reference's order and gives it back in normal form. Throws InvalidForm or InvalidMetadata
 * with the first fault; their messages are complete and may hold newlines.
 */
export function validateUploadForm(received: FormFields, rules: UploadFormRules): UploadForm {
  const fields = cleanFields(received);
  const one = (field: string) => fields.get(field)?.[0] ?? "";
  const protocol = one("protocol_version");
  if (protocol !== "" && protocol !== "1")
    throw new InvalidForm("protocol_version", "Unknown protocol version.", protocol);
  const filetype = checkForm(one, rules.links);

  const values = metadataValues(fields, rules.links);
  const fault = firstFault(standardFaults(values)) ?? firstFault(indexFaults(values, rules));
  if (fault) throw new InvalidMetadata(fault, rules.links, offenceOf(fault.field, values.get(fault.field) ?? []));

  const digest = (field: string) => one(field).toLowerCase() || null;
  return {
    filetype,
    pyversion: one("pyversion") || "source",
    comment: one("comment") || null,
    digests: { md5: digest("md5_digest"), sha256: digest("sha256_digest"), blake2b256: digest("blake2_256_digest") },
    metadata: readCoreMetadata(values),
  };
}

/** Old tools send UNKNOWN for what they do not know; NUL, which PostgreSQL's texts cannot hold, is spelled out. */
export function cleanFields(received: FormFields): FormFields {
  const cleaned = new Map<string, readonly string[]>();
  for (const [name, values] of received) {
    const kept = values.filter((value) => pythonStrip(value) !== "UNKNOWN");
    if (kept.length > 0)
      cleaned.set(
        name,
        kept.map((value) => value.replaceAll("\0", "\\x00")),
      );
  }
  return cleaned;
}

/** The fields that are no metadata: each for itself, name first and then by alphabet, then what they ask of each other. */
function checkForm(one: (field: string) => string, links: FormLinks): UploadForm["filetype"] {
  const name = one("name");
  if (!isValidName(name)) throw new InvalidForm("name", nameText(name, links), name);
  checkDigest(one("blake2_256_digest"), "blake2_256_digest", "BLAKE2");
  const filetype = one("filetype");
  if (filetype === "") throw new InvalidForm("filetype", "Invalid value for filetype. Error: This field is required.");
  if (filetype !== "sdist" && filetype !== "bdist_wheel") {
    throw new InvalidForm("filetype", "Invalid value for filetype. Error: Use a known file type.", filetype);
  }
  checkDigest(one("sha256_digest"), "sha256_digest", "SHA256");

  const pyversion = one("pyversion");
  if (filetype === "bdist_wheel" && pyversion === "") {
    throw new InvalidForm(
      "pyversion",
      "Invalid value for pyversion. Error: Python version is required for binary distribution uploads.",
    );
  }
  if (filetype === "sdist" && pyversion !== "" && pyversion !== "source") {
    const text = "Invalid value for pyversion. Error: Use 'source' as Python version for an sdist.";
    throw new InvalidForm("pyversion", text, pyversion);
  }
  if (["md5_digest", "sha256_digest", "blake2_256_digest"].every((field) => one(field) === "")) {
    throw new InvalidForm("sha256_digest", "Error: Include at least one message digest.");
  }
  return filetype;
}

function checkDigest(value: string, field: string, algorithm: string): void {
  if (value === "" || /^[A-F0-9]{64}$/i.test(value)) return;
  const text = `Invalid value for ${field}. Error: Use a valid, hex-encoded, ${algorithm} message digest.`;
  throw new InvalidForm(field, text, value);
}

function nameText(name: string, links: FormLinks): string {
  const characters = Array.from(name);
  const shown =
    characters.length > 60 ? `${characters.slice(0, 30).join("")}...${characters.slice(-30).join("")}` : name;
  const reason =
    name === ""
      ? "This field is required."
      : "Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'.";
  return `${pythonRepr(shown)} is an invalid value for Name. Error: ${reason} See ${links.coreMetadata} for more information.`;
}

/** The metadata among the fields, by metadata field. A field sent empty was not sent. */
function metadataValues(fields: FormFields, links: FormLinks): Values {
  const values = new Map<string, readonly string[]>();
  const unreadable: string[] = [];
  for (const { name, form, isRepeated } of METADATA_FIELDS) {
    const sent = fields.get(form) ?? [];
    if (sent.length === 0 || (sent.length === 1 && sent[0] === "")) continue;
    if (!isRepeated && sent.length > 1) unreadable.push(name);
    else if (name === "project-url" && hasRepeatedLabel(sent)) unreadable.push(name);
    else values.set(name, sent);
  }
  const first = firstFault(unreadable.map((field) => ({ field, text: "" })));
  if (first) {
    const form = METADATA_FIELDS.find(({ name }) => name === first.field)?.form ?? first.field;
    throw new InvalidMetadata({ field: form, text: `'${form}' has invalid data` }, links, {
      input: fields.get(form)?.[1] ?? "",
    });
  }
  return values;
}

function hasRepeatedLabel(projectUrls: readonly string[]): boolean {
  return new Set(projectUrls.map((value) => splitProjectUrl(value)[0])).size < projectUrls.length;
}
