import { Problem } from "../errors/problem.ts";

/** More bytes came than are allowed. Thrown while they come, so nobody knows how many there would have been. */
export class FileTooLarge extends Problem {
  readonly status = 413;
  readonly code = "file_too_large";
  /** Bytes. */
  readonly limit: number;
  constructor(limit: number) {
    super(`The file is larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/** The disk is full, nearly full, over quota or broken: nothing can be kept now, reading goes on. */
export class InsufficientStorage extends Problem {
  readonly status = 503;
  readonly code = "insufficient_storage";
  override readonly headers = { "Retry-After": "60" };
  constructor(options?: ErrorOptions) {
    super("Uploads are not possible now: insufficient storage on the server. Try again later.", options);
  }
}

/** Bytes that a row promises are not in the store: a broken invariant, for `fsck` to look at. */
export class BlobMissing extends Error {
  constructor(blake2b: string, options?: ErrorOptions) {
    super(`No bytes are stored for ${blake2b}`, options);
  }
}

/** One digest, two sizes: something broke a stored file. Both are kept as evidence. */
export class BlobConflict extends Error {
  constructor(blake2b: string, stored: number, received: number, evidence: string) {
    super(`${blake2b} is stored with ${stored} bytes, but ${received} were received; they are kept at ${evidence}`);
  }
}

const NO_SPACE = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS"]);

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What a failed write means to who asked: a full or failing disk is a Problem with advice, anything else stays what it is. */
export function translateDiskError(error: unknown): unknown {
  return NO_SPACE.has(errorCode(error) ?? "") ? new InsufficientStorage({ cause: error }) : error;
}
