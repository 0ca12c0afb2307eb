// The server's one secret. Everything that must not be forged by someone who has a copy of the database hangs on it.
import { createHmac, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../errors/problem.ts";

export interface ServerSecret {
  /** 32 bytes that belong to this purpose and subject alone: HMAC-SHA256 under the secret. The purpose holds no NUL. */
  derive(purpose: string, subject: string): Buffer;
}

/** The secret is given or stored in a form that cannot be used. It is never replaced: tokens would silently die. */
export class SecretUnusable extends Problem {
  readonly status = 503;
  readonly code = "secret_unusable";
  constructor(where: string) {
    super(`${where} must hold 64 hexadecimal digits (32 bytes), such as \`openssl rand -hex 32\` prints`);
  }
}

const HEX = /^[0-9a-f]{64}$/i;

/** The secret from its 64 hexadecimal digits, white space around them ignored. Throws SecretUnusable, naming `where`. */
export function parseServerSecret(text: string, where: string): ServerSecret {
  const digits = text.trim();
  if (!HEX.test(digits)) throw new SecretUnusable(where);
  const key = Buffer.from(digits, "hex");
  return {
    derive: (purpose, subject) => createHmac("sha256", key).update(`${purpose}\0`).update(subject).digest(),
  };
}

/**
 * The secret kept in `folder` as the file `key`, readable by its owner alone; made on first use. The file is complete
 * and durable before it has its name, and several processes that start at once agree on one. Throws SecretUnusable.
 */
export async function openServerSecret(
  folder: string,
  random: (size: number) => Buffer = randomBytes,
): Promise<ServerSecret> {
  const path = join(folder, "key");
  const text = (await readIfThere(path)) ?? (await createKey(folder, path, random));
  return parseServerSecret(text, path);
}

async function createKey(folder: string, path: string, random: (size: number) => Buffer): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${random(8).toString("hex")}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${random(32).toString("hex")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await linkUnlessThere(draft, path);
  } finally {
    await unlink(draft).catch(ignoreMissing);
  }
  await syncFolder(folder);
  return readFile(path, "utf8");
}

/** Somebody else's key that came first is the key. */
async function linkUnlessThere(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    return ignoreMissing(error);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
