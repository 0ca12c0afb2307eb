import { InvalidName } from "./errors.ts";

declare const normalized: unique symbol;
/** A project name or an extra in the form of PEP 503: lower case, runs of `-`, `_` and `.` as one `-`. */
export type NormalizedName = string & { readonly [normalized]: true };

declare const ultra: unique symbol;
/** A name with look-alike characters folded; two projects with the same one are too similar. Never shown to people. */
export type UltraName = string & { readonly [ultra]: true };

const VALID = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;

/** Whether a text may be the name of a project or of an extra (PEP 508, ASCII only). */
export function isValidName(text: string): boolean {
  return VALID.test(text);
}

/** The normalized form (PEP 503) of a valid name (PEP 508, "Names"). Throws InvalidName. */
export function parseName(text: string): NormalizedName {
  if (!isValidName(text)) throw new InvalidName(text, firstOffence(text));
  return normalizeName(text);
}

/** PEP 503 normalization of any text, for lookups: what is not a valid name becomes a key that nothing is stored under. */
export function normalizeName(text: string): NormalizedName {
  return text.replace(/[-_.]+/g, "-").toLowerCase() as NormalizedName;
}

/** The spelling of a normalized name in file names (PEP 427, PEP 625). */
export function nameInFilename(name: NormalizedName): string {
  return name.replaceAll("-", "_");
}

/** The folded form that squatting checks compare (upload.md §5, step 7): no separators, `l` and `i` as `1`, `o` as `0`. */
export function ultraName(text: string): UltraName {
  return text.replace(/[._-]/g, "").replace(/[li]/gi, "1").replace(/o/gi, "0").toLowerCase() as UltraName;
}

function firstOffence(text: string): number {
  const outside = text.search(/[^A-Z0-9._-]/i);
  if (outside >= 0) return outside;
  if (!/^[A-Z0-9]/i.test(text)) return 0;
  let at = text.length;
  while (/[._-]/.test(text.charAt(at - 1))) at--;
  return at;
}
