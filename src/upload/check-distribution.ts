import { type Addresses, createAddresses } from "../indexes/index.ts";
import {
  type Bytes,
  formOfMetadata,
  InvalidArchive,
  InvalidForm,
  InvalidMetadata,
  openWheel,
  parseCoreMetadataFile,
  parseWheelFilename,
  readSdist,
  readWheelContents,
  type UploadForm,
  validateUploadForm,
} from "../packaging-standards/index.ts";
import type { Rules } from "../platform/config/rules.ts";
import { checkArchive } from "./check-archive.ts";
import { checkFilenameText, checkSdistFilename, checkWheelFilename, type Filetype } from "./check-filename.ts";
import { formRulesOf } from "./form-rules.ts";
import { Refused, type Step } from "./refused.ts";
import { refuseTooLarge } from "./size-limits.ts";

/** Something that the server would refuse a distribution for, or that its author should know. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** The step of the upload that refuses it; `advice` for what is taken all the same. */
  readonly step: Step | "advice";
  /** What has to be changed: the file's name, the archive, or a field of its metadata. */
  readonly place: string;
  /** The sentence that the server would answer with. */
  readonly message: string;
  readonly todo: string;
}

export interface CheckOptions {
  readonly rules: Rules;
  /** Where the server's help stands, for the links in its sentences. */
  readonly publicUrl: string;
}

/**
 * The checks of an upload, run on a distribution that has not been uploaded. Each step is tried whether or not one before
 * it failed, as far as it can be, so that a person sees more than the first mistake. An empty list: it would be taken,
 * if its name, version and file name are free.
 */
export async function checkDistribution(
  bytes: Bytes,
  filename: string,
  { rules, publicUrl }: CheckOptions,
): Promise<readonly Finding[]> {
  const addresses = createAddresses({ publicUrl });
  const filetype: Filetype = /\.whl$/i.test(filename) ? "bdist_wheel" : "sdist";
  const findings: Finding[] = [];
  const attempt = async <T>(place: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      findings.push(findingOf(error, place, filetype));
      return undefined;
    }
  };

  await attempt("file name", () => checkFilenameText(filename, filetype));
  if (findings.length > 0) return findings;
  const contents = await attempt("archive", () => readContents(bytes, filename, filetype, addresses));
  if (contents === undefined) return findings;
  const where = filetype === "sdist" ? "PKG-INFO" : "METADATA";
  const form = await attempt(where, () => readForm(contents.metadata, filename, filetype, rules, addresses));
  await attempt("size", () =>
    refuseTooLarge({
      content: { bytes },
      project: undefined,
      name: form?.metadata.name ?? (filename.split("-")[0] || filename),
      rules,
      help: addresses.help,
    }),
  );
  if (form !== undefined) {
    const { metadata } = form;
    const { name: displayName, normalizedName: name, version, licenseFiles } = metadata;
    const declared = { filetype, displayName, name, version };
    const { localPlatformTags } = rules;
    const before = findings.length;
    await attempt("file name", () =>
      filetype === "sdist"
        ? checkSdistFilename(filename, declared)
        : checkWheelFilename(filename, declared, { localPlatformTags }),
    );
    // It looks at the name again, and would say the same.
    if (findings.length === before) {
      const archivesUrl = addresses.help("archives");
      await attempt("archive", () =>
        checkArchive(bytes, filename, declared, licenseFiles, { localPlatformTags, archivesUrl }),
      );
    }
    findings.push(...advise(form, contents.recordMatches));
  }
  return findings;
}

interface Contents {
  readonly metadata: Uint8Array;
  readonly recordMatches: boolean;
}

async function readContents(
  bytes: Bytes,
  filename: string,
  filetype: Filetype,
  addresses: Addresses,
): Promise<Contents> {
  const options = { archivesUrl: addresses.help("archives") };
  if (filetype === "sdist") {
    const { pkgInfo } = await readSdist(bytes, filename, options);
    return { metadata: pkgInfo, recordMatches: true };
  }
  return readWheelContents(await openWheel(bytes, filename, options));
}

/** What a client would send for this distribution. The digest stands for one: the client computes it from the same bytes. */
function readForm(
  metadata: Uint8Array,
  filename: string,
  filetype: Filetype,
  rules: Rules,
  addresses: Addresses,
): UploadForm {
  const fields = new Map(formOfMetadata(parseCoreMetadataFile(metadata)));
  fields.set("filetype", [filetype]);
  fields.set("pyversion", [filetype === "sdist" ? "source" : pythonTags(filename)]);
  fields.set("sha256_digest", ["0".repeat(64)]);
  return validateUploadForm(fields, formRulesOf(rules, addresses));
}

function pythonTags(filename: string): string {
  try {
    return parseWheelFilename(filename).pythons.join(".");
  } catch {
    // The step that looks at the name says what is wrong with it.
    return "py3";
  }
}

function findingOf(error: unknown, place: string, filetype: Filetype): Finding {
  const archiveStep: Step = filetype === "sdist" ? "S27 sdist" : "S28 wheel";
  if (error instanceof InvalidArchive) {
    const isWhole = error.check === "archive";
    const message = isWhole ? `Invalid distribution file. ${error.message}` : error.message;
    const step: Step = isWhole ? "S26 archive" : archiveStep;
    return { severity: "error", step, place: "archive", message, todo: todo[step] };
  }
  if (error instanceof InvalidMetadata || error instanceof InvalidForm) {
    const step: Step = error instanceof InvalidMetadata ? "S08 metadata" : "S07 form";
    const field = `${place}, field ${error.field}`;
    return { severity: "error", step, place: field, message: error.message, todo: todo[step] };
  }
  if (!(error instanceof Refused)) throw error;
  const advice = place === "file name" ? rename : todo[error.step];
  return { severity: "error", step: error.step, place, message: error.message, todo: advice };
}

const rebuild = "Build the distribution again with a current build backend; do not edit the archive by hand.";
const rename = "Build again instead of renaming: the name follows from the project's name and version.";
const correct = "Correct the field in pyproject.toml (or setup.cfg, setup.py), then build again.";

const todo: Readonly<Record<Step, string>> = {
  "S01 fields are text": correct,
  "S02 read-only": "Try again later.",
  "S06 protocol version": "Use a current upload tool.",
  "S07 form": correct,
  "S08 metadata": correct,
  "S09 file is there": rebuild,
  "S18 file name": rename,
  "S19 content type": "Use a current upload tool.",
  "S20 size": "Make the file smaller, or ask whoever runs the index for a higher limit.",
  "S21 digests": "Upload again: the bytes changed on the way.",
  "S26 archive": rebuild,
  "S27 sdist": rebuild,
  "S28 wheel": rebuild,
};

function advise({ metadata }: UploadForm, recordMatches: boolean): readonly Finding[] {
  const findings: Finding[] = [];
  const say = (place: string, message: string, todoText: string) =>
    findings.push({ severity: "warning", step: "advice", place, message, todo: todoText });
  if (!recordMatches) {
    say("archive, RECORD", "RECORD does not name exactly the files of the wheel.", rebuild);
  }
  if (metadata.description.trim() === "") {
    say(
      "metadata, description",
      "There is no description: the project's page will be empty.",
      "Set readme in pyproject.toml.",
    );
  }
  if (metadata.requiresPython === null) {
    say(
      "metadata, requires-python",
      "Nothing says which Python it needs: installers on older ones will take it.",
      "Set requires-python in pyproject.toml.",
    );
  }
  return findings;
}
