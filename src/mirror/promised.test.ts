import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { digestBytes } from "../platform/crypto/digest.ts";
import { createVerifier, type Promised } from "./promised.ts";

const BYTES = Buffer.from("brie");
const hex = (algorithm: string) => createHash(algorithm).update(BYTES).digest("hex");
const nothing: Promised = { sha256: null, otherHashes: {}, size: null };

test.each<[string, Partial<Promised>]>([
  ["nothing", {}],
  ["a size", { size: 4 }],
  ["SHA-256", { sha256: hex("sha256") }],
  ["MD5", { otherHashes: { md5: hex("md5") } }],
  ["SHA-512", { otherHashes: { sha512: hex("sha512") } }],
  ["SHA3", { otherHashes: { sha3_256: hex("sha3-256") } }],
  ["BLAKE2b of 64 bytes", { otherHashes: { blake2b: hex("blake2b512") } }],
  ["BLAKE2s", { otherHashes: { blake2s: hex("blake2s256") } }],
  ["an algorithm that nobody knows", { otherHashes: { shake_128: "00" } }],
])("%s: right bytes pass, and other bytes do not", async (what, promised) => {
  const verdict = async (bytes: Buffer) => {
    const verifier = createVerifier({ ...nothing, ...promised });
    verifier.update(bytes);
    return verifier.findMismatch(await digestBytes(bytes));
  };
  expect(await verdict(BYTES)).toBeUndefined();
  const isChecked = what !== "nothing" && !what.startsWith("an algorithm");
  expect((await verdict(Buffer.from("bries"))) !== undefined).toBe(isChecked);
});

test.each(["blake2b", "blake2b_256"])("%s of 32 bytes is what the store measures", async (algorithm) => {
  const measured = await digestBytes(BYTES);
  const verifier = createVerifier({ ...nothing, otherHashes: { [algorithm]: measured.blake2b } });
  expect(verifier.findMismatch(measured)).toBeUndefined();
  expect(verifier.findMismatch({ ...measured, blake2b: "0".repeat(64) })).toContain("instead of");
});

test("one wrong digest beside right ones is a mismatch that names both", async () => {
  const verifier = createVerifier({ sha256: hex("sha256"), otherHashes: { md5: "0".repeat(32) }, size: 4 });
  expect(verifier.findMismatch(await digestBytes(BYTES))).toBe(`md5 ${hex("md5")} instead of ${"0".repeat(32)}`);
});
