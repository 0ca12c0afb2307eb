import { Problem } from "../platform/errors/problem.ts";

/** The bytes of an upload were swept away as an orphan between keeping and listing them. Sending them again helps. */
export class BytesVanished extends Problem {
  readonly status = 503;
  readonly code = "bytes_vanished";
  override readonly headers = { "Retry-After": "1" };
  constructor(blake2b: string) {
    super(`The uploaded bytes ${blake2b} are not there any more. Please upload them again.`);
  }
}
