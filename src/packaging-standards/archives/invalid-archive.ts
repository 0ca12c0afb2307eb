/** Where a refusal stands in the order of upload checks: of the archive as such (S26), of its members (S27, S28). */
export type ArchiveCheck = "archive" | "members";

/** Which rule about archives was broken: one per sentence of upload.md A1–A16 and §15.6–9. */
export type InvalidArchiveCode =
  | "zip_and_tar"
  | "not_a_zip"
  | "zip_unreadable"
  | "zip_not_accepted"
  | "compression_ratio"
  | "compression_type"
  | "top_level_directories"
  | "pkg_info_missing"
  | "wheel_filename"
  | "wheel_file_missing"
  | "not_a_tar"
  | "tar_unreadable"
  | "tar_not_accepted"
  | "license_file_missing"
  | "record_missing"
  | "entry_points_invalid"
  | "metadata_missing";

/**
 * A distribution whose archive cannot be accepted. The message is the sentence uploaders see; where `check` is
 * `archive`, the upload endpoint says `Invalid distribution file. ` before it.
 */
export class InvalidArchive extends Error {
  override readonly name = "InvalidArchive";
  readonly code: InvalidArchiveCode;
  readonly check: ArchiveCheck;

  constructor(code: InvalidArchiveCode, message: string, options: { check?: ArchiveCheck; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.check = options.check ?? "archive";
  }
}

/** A rule of ours about how archives are written was broken; `wrapNotAccepted` makes it the sentence for the uploader. */
export class NotAccepted extends Error {
  override readonly name = "NotAccepted";
}

/** What every check of an archive needs besides its bytes. */
export interface ArchiveOptions {
  /** Where refused archives are explained; refusals point to it. */
  readonly archivesUrl: string;
}

/** Runs a reader and turns its `NotAccepted` into `ZIP archive not accepted: …` or `tar archive not accepted: …`. */
export async function wrapNotAccepted<T>(
  kind: "ZIP" | "tar",
  { archivesUrl }: ArchiveOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NotAccepted)) throw error;
    const message = `${kind} archive not accepted: ${error.message}. See ${archivesUrl} for more information`;
    throw new InvalidArchive(kind === "ZIP" ? "zip_not_accepted" : "tar_not_accepted", message, { cause: error });
  }
}

export function zipUnreadable(cause?: unknown): InvalidArchive {
  return new InvalidArchive("zip_unreadable", "File is not a valid zipfile", { cause });
}

export function tarUnreadable(cause?: unknown): InvalidArchive {
  return new InvalidArchive("tar_unreadable", "File is not a valid tarfile", { cause });
}

/** Programs would differ in what they take it for. */
export function bothKinds(): InvalidArchive {
  return new InvalidArchive("zip_and_tar", "File is both a zip and a tar file");
}

/** Decompressing must not make more of an archive than this many bytes. */
export function decompressedLimit(archiveSize: number): number {
  return 50 * archiveSize + 64 * 1024 * 1024;
}

export function tooCompressed(): InvalidArchive {
  return new InvalidArchive("compression_ratio", "File exceeds compression ratio of 50");
}

/** Members an archive may have. The largest wheels known hold some 60,000. */
export const MAX_MEMBERS = 250_000;
/** Bytes that all member names together, or a zip's central directory, may take. */
export const MAX_NAMES = 48 * 1024 * 1024;
/** Bytes a METADATA, PKG-INFO or entry_points.txt may have. */
export const MAX_METADATA = 8 * 1024 * 1024;
/** Bytes a RECORD may have. */
export const MAX_RECORD = 32 * 1024 * 1024;
