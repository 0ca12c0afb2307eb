import { Problem } from "../platform/errors/problem.ts";

/**
 * The steps of an upload in their master order (S01 … S30 of the reference), by what each looks at. Tests pin which of
 * two mistakes is reported by it.
 */
export type Step =
  | "S01 fields are text"
  | "S02 read-only"
  | "S06 protocol version"
  | "S07 form"
  | "S08 metadata"
  | "S09 file is there"
  | "S18 file name"
  | "S19 content type"
  | "S20 size"
  | "S21 digests"
  | "S26 archive"
  | "S27 sdist"
  | "S28 wheel";

/** A refused upload: at which step, and the sentence that uploaders read. */
export class Refused extends Problem {
  readonly status: number;
  readonly code = "upload_refused";
  readonly step: Step;
  override readonly headers: Readonly<Record<string, string>>;
  constructor(step: Step, detail: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.step = step;
    this.status = status;
    this.headers = headers;
  }
}

/** Ends the upload at `step`. */
export function refuse(step: Step, detail: string): never {
  throw new Refused(step, detail);
}
