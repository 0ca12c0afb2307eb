import { createHash } from "node:crypto";

/** Twelve hexadecimal digits that tell data folders apart in names of files. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
