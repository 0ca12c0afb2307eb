import type { Bytes } from "./bytes.ts";
import { hasValidEntryPoints } from "./entry-points.ts";
import { type ArchiveOptions, InvalidArchive, MAX_METADATA, MAX_RECORD } from "./invalid-archive.ts";
import { licenseFileMissing } from "./sdist.ts";
import { recordNames } from "./wheel-record.ts";
import { openCheckedZip, readZipMemberNamed, type ZipArchive } from "./zip-archive.ts";

/** A wheel whose archive was accepted (upload.md S26); what its members say has not been looked at. */
export interface Wheel {
  readonly filename: string;
  /** `{name}-{version}.dist-info` with the two parts of the file name as they are written there. */
  readonly distInfo: string;
  /** Names of all members; those of folders end in a slash. */
  readonly memberNames: ReadonlySet<string>;
  readonly archive: ZipArchive;
}

/** What an index takes from a wheel (PEP 427, "File contents"; PEP 658). */
export interface WheelContents {
  readonly kind: "wheel";
  readonly distInfo: string;
  /** METADATA as it stands in the archive: the bytes of the PEP 658 file. */
  readonly metadata: Uint8Array;
  readonly memberNames: ReadonlySet<string>;
  /** Whether RECORD names exactly the files of the archive; when not, the wheel is accepted and its owners are told. */
  readonly recordMatches: boolean;
}

/** Opens a wheel with the checks of upload.md A1–A11 in their order. Throws InvalidArchive, `check` `archive`. */
export async function openWheel(bytes: Bytes, filename: string, options: ArchiveOptions): Promise<Wheel> {
  let distInfo = "";
  const archive = await openCheckedZip(bytes, options, ({ entries }) => {
    distInfo = distInfoOf(filename);
    const path = `${distInfo}/WHEEL`;
    if (!entries.has(path)) throw new InvalidArchive("wheel_file_missing", `WHEEL not found at ${path}`);
  });
  return { filename, distInfo, memberNames: new Set(archive.entries.keys()), archive };
}

/**
 * The checks of upload.md §15.6–9 in their order: license files, RECORD, entry points, METADATA. Throws InvalidArchive,
 * `check` `members`.
 */
export async function readWheelContents(wheel: Wheel, licenseFiles: readonly string[] = []): Promise<WheelContents> {
  const { filename, distInfo, memberNames, archive } = wheel;
  for (const file of licenseFiles) {
    const path = `${distInfo}/licenses/${file}`;
    if (!memberNames.has(path)) throw licenseFileMissing(file, filename, path);
  }
  const record = await archive.read(`${distInfo}/RECORD`, MAX_RECORD);
  const recorded = record && recordNames(record);
  if (recorded === undefined) throw missing(filename, "RECORD", distInfo);
  const entryPoints = await archive.read(`${distInfo}/entry_points.txt`, MAX_METADATA);
  if (entryPoints !== undefined && !hasValidEntryPoints(entryPoints)) {
    const message = `Wheel '${filename}' has invalid entry points defined in the entry_points.txt file`;
    throw new InvalidArchive("entry_points_invalid", message, { check: "members" });
  }
  const metadata = await archive.read(`${distInfo}/METADATA`, MAX_METADATA);
  if (metadata === undefined) throw missing(filename, "METADATA", distInfo);
  return { kind: "wheel", distInfo, metadata, memberNames, recordMatches: matches(recorded, memberNames, distInfo) };
}

/** All checks of a wheel (PEP 427) in one go: `openWheel`, then `readWheelContents`. Throws InvalidArchive. */
export async function readWheel(
  bytes: Bytes,
  filename: string,
  options: ArchiveOptions & { readonly licenseFiles?: readonly string[] },
): Promise<WheelContents> {
  return readWheelContents(await openWheel(bytes, filename, options), options.licenseFiles);
}

/**
 * METADATA (PEP 427) alone, by way of the central directory: for a wheel that was checked before, or an upstream's. Reads
 * a few hundred kilobytes whatever the size of the wheel. Throws InvalidArchive.
 */
export async function readWheelMetadata(bytes: Bytes, filename: string, options: ArchiveOptions): Promise<Uint8Array> {
  const distInfo = distInfoOf(filename);
  const metadata = await readZipMemberNamed(bytes, `${distInfo}/METADATA`, MAX_METADATA, options);
  if (metadata === undefined) throw missing(filename, "METADATA", distInfo);
  return metadata;
}

function distInfoOf(filename: string): string {
  const [name, version, rest] = filename.split("-");
  if (rest === undefined) {
    throw new InvalidArchive("wheel_filename", "Unable to parse name and version from wheel filename");
  }
  return `${name}-${version}.dist-info`;
}

function missing(filename: string, file: "RECORD" | "METADATA", distInfo: string): InvalidArchive {
  const message = `Wheel '${filename}' does not contain the required ${file} file: ${distInfo}/${file}`;
  return new InvalidArchive(file === "RECORD" ? "record_missing" : "metadata_missing", message, { check: "members" });
}

/** Signatures of RECORD cannot be listed in it (PEP 427). */
function matches(recorded: ReadonlySet<string>, memberNames: ReadonlySet<string>, distInfo: string): boolean {
  const unlisted = new Set([`${distInfo}/RECORD.jws`, `${distInfo}/RECORD.p7s`]);
  let files = 0;
  for (const name of memberNames) {
    if (name.endsWith("/") || unlisted.has(name)) continue;
    if (!recorded.has(name)) return false;
    files++;
  }
  return recorded.size === files;
}
