// Passwords of accounts: argon2id. They open pages, never an upload or an index: those take tokens.
import { PasswordUnusable } from "./errors.ts";

/** 19 MiB, two passes, one lane: the first choice of OWASP's cheat sheet, and bearable when many sign in at once. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const MIN_LENGTH = 8;
const MAX_LENGTH = 4_096;

/** A PHC string. Throws PasswordUnusable for fewer than 8 or more than 4,096 characters, and for NUL. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < MIN_LENGTH) throw new PasswordUnusable(`A password has at least ${MIN_LENGTH} characters`);
  if (password.length > MAX_LENGTH) throw new PasswordUnusable(`A password has at most ${MAX_LENGTH} characters`);
  if (password.includes("\0")) throw new PasswordUnusable("Null bytes are not allowed in a password");
  const { hash } = await loadArgon2();
  return hash(password, COST);
}

/** Whether this is the password that was hashed. A hash that cannot be read is nobody's. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  if (password.length > MAX_LENGTH) return false;
  const { verify } = await loadArgon2();
  try {
    return await verify(hash, password);
  } catch {
    return false;
  }
}

/** Loaded when first needed: a server that only answers installers never pays for it. */
function loadArgon2(): Promise<typeof import("@node-rs/argon2")> {
  return import("@node-rs/argon2");
}
