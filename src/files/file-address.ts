/** Where a file answers: below its index, `/packages/{aa}/{bb}/{rest}/{filename}` with the BLAKE2b-256 of its bytes in hex. */
export interface FileAddress {
  readonly blake2b: string;
  /** Decoded; for a metadata sibling still with its `.metadata`. */
  readonly filename: string;
}

const PATH = /^\/packages\/([0-9a-f]{2})\/([0-9a-f]{2})\/([0-9a-f]{60})\/([^/]+)$/;

/**
 * Reads a path below the index's root, without its query. Undefined for any other path: the predictable addresses, which
 * have four segments as well, are somebody else's.
 */
export function parseFileAddress(path: string): FileAddress | undefined {
  const [, outer, inner, rest, segment = ""] = PATH.exec(path) ?? [];
  if (outer === undefined) return undefined;
  const filename = decode(segment);
  return filename === undefined ? undefined : { blake2b: `${outer}${inner}${rest}`, filename };
}

function decode(segment: string): string | undefined {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
