import {
  InvalidSdistFilename,
  InvalidWheelFilename,
  isLocalPlatform,
  isPortablePlatform,
  type NormalizedName,
  nameInFilename,
  parseSdistFilename,
  parseVersion,
  parseWheelFilename,
  pythonRepr,
  sdistFilename,
  type Version,
} from "../packaging-standards/index.ts";
import { refuse } from "./refused.ts";

export type Filetype = "sdist" | "bdist_wheel";

/** What the form says of the distribution. */
export interface Declared {
  readonly filetype: Filetype;
  /** Display name. */
  readonly displayName: string;
  readonly name: NormalizedName;
  readonly version: Version;
}

const extensions: Readonly<Record<Filetype, readonly string[]>> = {
  sdist: [".zip", ".tar.gz"],
  bdist_wheel: [".whl"],
};

/** File systems store at most so many bytes in a name; `.metadata` has to fit behind it. */
const MAX_FILENAME_BYTES = 255 - ".metadata".length;

/** S18: characters, separators, length and ending of the file's name. */
export function checkFilenameText(filename: string, filetype: Filetype): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  if (/[\x00-\x1f\x7f]/.test(filename)) {
    refuse(
      "S18 file name",
      "Cannot upload a file with non-printable characters (ordinals 0-31) or the DEL character (ordinal 127) in the name.",
    );
  }
  if (/[/\\]/.test(filename)) refuse("S18 file name", "Cannot upload a file with '/' or '\\' in the name.");
  if (Buffer.byteLength(filename) > MAX_FILENAME_BYTES)
    refuse("S18 file name", `Filename is too long: ${pythonRepr(filename)}`);
  const extension = /.(\.(?:tar\.gz|zip|whl))$/is.exec(filename)?.[1];
  if (extension === undefined)
    refuse("S18 file name", "Invalid file extension: Use .tar.gz, .whl or .zip extension (PEP 527, PEP 715).");
  else if (!extensions[filetype].includes(extension)) {
    refuse(
      "S18 file name",
      `Invalid file extension: Extension ${extension} is invalid for filetype ${filetype} (PEP 527).`,
    );
  }
}

/** S27: the name of a source distribution says the project and version of the form, in the one spelling of PEP 625. */
export function checkSdistFilename(filename: string, { displayName, name, version }: Declared): void {
  let parsed: { readonly name: string };
  try {
    parsed = parseSdistFilename(filename);
    const isPost = parseVersion(version).post !== null;
    if (isPost && parsed.name !== name && filename.split("-").length > 2) {
      parsed = parseSdistFilename(filename, "second-last");
    }
  } catch (error) {
    if (!(error instanceof InvalidSdistFilename)) throw error;
    refuse("S27 sdist", `Invalid source distribution filename: ${filename}`);
  }
  if (parsed.name !== name) refuse("S27 sdist", `Start filename for '${displayName}' with '${nameInFilename(name)}'.`);
  const expected = sdistFilename(name, version);
  if (filename !== expected) refuse("S27 sdist", `Filename '${filename}' is invalid, should be '${expected}'.`);
}

/** S28, first half: the name of a wheel says the project and version of the form and platforms that are taken. */
export function checkWheelFilename(
  filename: string,
  { displayName, name, version }: Declared,
  rules: { readonly localPlatformTags: boolean },
): void {
  let wheel: ReturnType<typeof parseWheelFilename>;
  try {
    wheel = parseWheelFilename(filename);
  } catch (error) {
    if (!(error instanceof InvalidWheelFilename)) throw error;
    refuse("S28 wheel", error.message);
  }
  for (const platform of wheel.platforms) {
    if (isPortablePlatform(platform) || (rules.localPlatformTags && isLocalPlatform(platform))) continue;
    refuse("S28 wheel", `Binary wheel '${filename}' has an unsupported platform tag '${platform}'.`);
  }
  if (wheel.name !== name) refuse("S28 wheel", `Start filename for '${displayName}' with '${nameInFilename(name)}'.`);
  if (wheel.distribution !== nameInFilename(name)) {
    refuse(
      "S28 wheel",
      `Filename '${filename}' should contain the normalized project name '${nameInFilename(name)}', not '${wheel.distribution}'.`,
    );
  }
  if (parseVersion(wheel.version).canonical !== parseVersion(version).canonical) {
    refuse("S28 wheel", `Version in filename should be '${version}' not '${wheel.version}'.`);
  }
}
