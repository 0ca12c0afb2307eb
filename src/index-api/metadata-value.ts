import type { FileEntry } from "../indexes/index.ts";

/** `core-metadata` of a file (PEP 714): its digest, `true` where only its presence is known, else `false`. */
export function metadataValue(file: FileEntry): { readonly sha256: string } | boolean {
  if (file.metadataSha256 !== null) return { sha256: file.metadataSha256 };
  return file.upstream?.hasMetadata ?? false;
}
