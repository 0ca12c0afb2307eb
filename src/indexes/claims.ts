import { isValidName, normalizeName } from "../packaging-standards/index.ts";
import { ClaimUnfit } from "./errors.ts";

declare const claim: unique symbol;
/** A name that a hosted index keeps for itself, normalised; with `*` at its end, every name that begins so. */
export type ClaimPattern = string & { readonly [claim]: true };

/** Longer beginnings are not looked for, so none may be claimed. Characters, without the `*`. */
const LONGEST_BEGINNING = 100;

/** `Acme_*` is `acme-*`: every name that begins with `acme-`, however it is spelled. Throws ClaimUnfit. */
export function parseClaim(text: string): ClaimPattern {
  const isBeginning = text.endsWith("*");
  const stem = isBeginning ? text.slice(0, -1) : text;
  // What a beginning ends with goes on in the names: `acme-` is no name, and `acme-x` is one.
  if (!isValidName(isBeginning ? `${stem}x` : stem) || stem === "") throw new ClaimUnfit(text);
  if (isBeginning && stem.length > LONGEST_BEGINNING) throw new ClaimUnfit(text);
  return `${normalizeName(stem)}${isBeginning ? "*" : ""}` as ClaimPattern;
}

/** Every pattern that claims this name (normalised), to be looked up by equality. */
export function claimsOf(name: string): readonly string[] {
  const beginnings = Array.from({ length: Math.min(name.length, LONGEST_BEGINNING) }, (_, at) => name.slice(0, at + 1));
  return [name, ...beginnings.map((beginning) => `${beginning}*`)];
}
