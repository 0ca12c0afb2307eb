import { createHash, getHashes, type Hash } from "node:crypto";
import type { Measured } from "../platform/crypto/digest.ts";

/** What an index says of the bytes of a file. */
export interface Promised {
  readonly sha256: string | null;
  /** By algorithm in lower case, as Python's hashlib names it; lower-case hex. */
  readonly otherHashes: Readonly<Record<string, string>>;
  readonly size: number | null;
}

/** Compares bytes with what was promised of them. */
export interface Verifier {
  update(chunk: Uint8Array): void;
  /** The first promise that is broken, for people; undefined when all are kept. `measured` is what the store found. */
  findMismatch(measured: Measured): string | undefined;
}

/** What the store measures anyway; BLAKE2b is another function for each length. */
const MEASURED: Readonly<Record<string, keyof Measured>> = {
  sha256: "sha256",
  md5: "md5",
  blake2b_256: "blake2b",
  "blake2b:64": "blake2b",
};
// SHAKE gives as many bytes as one asks for, so its name alone says no digest.
const known = new Set(getHashes().filter((name) => !name.startsWith("shake")));

/** Every digest that can be computed here is checked, not only the strongest. */
export function createVerifier({ sha256, otherHashes, size }: Promised): Verifier {
  const expected = Object.entries({ ...otherHashes, ...(sha256 !== null && { sha256 }) });
  const hashes = new Map<string, Hash>();
  for (const [algorithm, hex] of expected) {
    const name = nodeName(algorithm, hex);
    if (MEASURED[keyOf(algorithm, hex)] === undefined && known.has(name)) hashes.set(algorithm, createHash(name));
  }
  return {
    update(chunk) {
      for (const hash of hashes.values()) hash.update(chunk);
    },
    findMismatch(measured) {
      if (size !== null && measured.size !== size) return `${measured.size} bytes instead of ${size}`;
      for (const [algorithm, hex] of expected) {
        const found = measured[MEASURED[keyOf(algorithm, hex)] ?? "size"];
        const digest = typeof found === "string" ? found : hashes.get(algorithm)?.digest("hex");
        if (digest !== undefined && digest !== hex) return `${algorithm} ${digest} instead of ${hex}`;
      }
      return undefined;
    },
  };
}

const keyOf = (algorithm: string, hex: string) => (algorithm === "blake2b" ? `blake2b:${hex.length}` : algorithm);

/** Python writes `sha3_256`, OpenSSL `sha3-256`. */
function nodeName(algorithm: string, hex: string): string {
  if (algorithm === "blake2b") return hex.length === 128 ? "blake2b512" : "";
  if (algorithm === "blake2s") return "blake2s256";
  return algorithm.replace("_", "-");
}
