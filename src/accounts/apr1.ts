import { createHash } from "node:crypto";

/** The digits of crypt(3), in the order of their value. */
const DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS = 1000;
/** Which three bytes of the digest make the next four digits; the last byte makes two. */
const GROUPS = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const;

/**
 * Apache's variant of the MD5-based crypt, what `htpasswd` makes unless told otherwise: the 22 digits behind
 * `$apr1$SALT$`. The salt has at most eight characters.
 */
export function apr1Digits(password: string, salt: string): string {
  const secret = Buffer.from(password);
  let digest = md5(secret, salt, secret);
  const first: Buffer[] = [secret, Buffer.from(`$apr1$${salt}`)];
  for (let left = secret.length; left > 0; left -= 16) first.push(digest.subarray(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1) first.push(bits & 1 ? Buffer.of(0) : secret.subarray(0, 1));
  digest = md5(...first);
  for (let round = 0; round < ROUNDS; round += 1) {
    const isOdd = round % 2 === 1;
    digest = md5(
      isOdd ? secret : digest,
      round % 3 === 0 ? "" : salt,
      round % 7 === 0 ? "" : secret,
      isOdd ? digest : secret,
    );
  }
  return toDigits(digest);
}

function md5(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function toDigits(digest: Buffer): string {
  const groups = GROUPS.map(([high, middle, low]) =>
    digitsOf((digest.readUInt8(high) << 16) | (digest.readUInt8(middle) << 8) | digest.readUInt8(low), 4),
  );
  return groups.join("") + digitsOf(digest.readUInt8(11), 2);
}

/** Six bits a digit, the lowest first. */
function digitsOf(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => DIGITS.charAt((value >> (6 * index)) & 0x3f)).join("");
}
