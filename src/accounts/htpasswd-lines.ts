// What an htpasswd file says, line by line, and whether a password is the one that a line was made from.
import { createHash, timingSafeEqual } from "node:crypto";
import { apr1Digits } from "./apr1.ts";

export interface HtpasswdFile {
  /** The hash by name; names are compared exactly. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly complaints: readonly Complaint[];
}

/** A line that lets nobody in. The reason never quotes a hash. */
interface Complaint {
  readonly line: number;
  readonly name: string;
  readonly reason: string;
}

const MAX_NAME = 100;
/** Above it a check takes this program more than a second. */
const MAX_BCRYPT_COST = 14;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const APR1 = /^\$apr1\$([^$]{1,8})\$([./0-9A-Za-z]{22})$/;
const SHA1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/;
const SALTED_SHA1 = /^\{SSHA\}[A-Za-z0-9+/]{28,}={0,2}$/;
const SHA1_BYTES = 20;

/**
 * Usable are the hashes of Apache's `htpasswd` (bcrypt, apr1, `{SHA}`) and `{SSHA}`. Plain text is not: such a file is a
 * list of passwords. Nor is crypt(3): eight characters of a password count in it, and no two systems have the same.
 */
export function parseHtpasswd(text: string): HtpasswdFile {
  const hashes = new Map<string, string>();
  const lowerCase = new Set<string>();
  const complaints: Complaint[] = [];
  for (const [index, row] of text.split(/\r?\n/).entries()) {
    const content = row.trim();
    if (content === "" || content.startsWith("#")) continue;
    const [name = "", hash = ""] = content.split(":");
    const reason = complainAboutName(name, lowerCase) ?? complainAboutHash(hash);
    if (reason === undefined) {
      hashes.set(name, hash);
      lowerCase.add(name.toLowerCase());
    } else {
      complaints.push({ line: index + 1, name: name.slice(0, MAX_NAME), reason });
    }
  }
  return { hashes, complaints };
}

function complainAboutName(name: string, lowerCase: ReadonlySet<string>): string | undefined {
  if (name === "" || name.length > MAX_NAME || /[\p{C}\s]/u.test(name)) {
    return `a name has 1 to ${MAX_NAME} characters, without spaces`;
  }
  if (name === "__token__") return "this name announces a token";
  // Who uploads is recorded by name, and there capitals make no difference.
  if (lowerCase.has(name.toLowerCase())) return "an earlier line has this name, but for capitals";
  return undefined;
}

function complainAboutHash(hash: string): string | undefined {
  const cost = BCRYPT.exec(hash)?.[1];
  if (cost !== undefined) {
    const isBearable = Number(cost) >= 4 && Number(cost) <= MAX_BCRYPT_COST;
    return isBearable ? undefined : `a bcrypt cost of 4 to ${MAX_BCRYPT_COST} can be used`;
  }
  if (APR1.test(hash) || SHA1.test(hash) || SALTED_SHA1.test(hash)) return undefined;
  return "only bcrypt, apr1, {SHA} and {SSHA} can be used; make the line anew with `htpasswd -B`";
}

/** Takes as long for a wrong password as for the right one. */
export async function isHtpasswdPassword(password: string, hash: string): Promise<boolean> {
  if (BCRYPT.test(hash)) {
    const { compare } = await import("bcryptjs");
    return compare(password, hash);
  }
  const [, salt, digits] = APR1.exec(hash) ?? [];
  if (salt !== undefined && digits !== undefined) {
    return isSame(Buffer.from(apr1Digits(password, salt)), Buffer.from(digits));
  }
  const stored = Buffer.from(hash.slice(hash.indexOf("}") + 1), "base64");
  const sha1 = createHash("sha1").update(password).update(stored.subarray(SHA1_BYTES)).digest();
  return isSame(sha1, stored.subarray(0, SHA1_BYTES));
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
