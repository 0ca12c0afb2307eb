import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openServerSecret, parseServerSecret, SecretUnusable } from "./secret.ts";

const DIGITS = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "secret-")), "secrets");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

test("a key belongs to its purpose and subject", () => {
  const secret = parseServerSecret(DIGITS, "the setting");
  const key = secret.derive("token", "1").toString("hex");
  expect(key).toBe("56faec7b0a6e627a8e0a48e7710b2f03513af872326bfabfa83ae047cde257dd");
  expect(secret.derive("token", "2").toString("hex")).not.toBe(key);
  expect(secret.derive("toke", "n1").toString("hex")).not.toBe(key);
});

test("the first start makes the secret, for its owner's eyes only; later ones keep it", async () => {
  const first = await openServerSecret(folder);
  const text = await readFile(join(folder, "key"), "utf8");
  expect(text).toMatch(/^[0-9a-f]{64}\n$/);
  expect((await stat(join(folder, "key"))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual(["key"]);

  const second = await openServerSecret(folder);
  expect(second.derive("a", "b")).toEqual(first.derive("a", "b"));
  expect(parseServerSecret(text, "CHEESESHOP_SECRET_KEY").derive("a", "b")).toEqual(first.derive("a", "b"));
});

test("several processes that start at once agree on one secret and leave no drafts", async () => {
  const secrets = await Promise.all(Array.from({ length: 12 }, () => openServerSecret(folder)));
  expect(new Set(secrets.map((secret) => secret.derive("a", "b").toString("hex")))).toHaveLength(1);
  expect(await readdir(folder)).toEqual(["key"]);
});

test.each(["", "short", `${DIGITS}00`, DIGITS.replace("0", "g"), "päßwörd".repeat(10)])(
  "%j is refused, and the message names the place",
  async (text) => {
    expect(() => parseServerSecret(text, "CHEESESHOP_SECRET_KEY")).toThrow(/^CHEESESHOP_SECRET_KEY must hold 64/);
    await openServerSecret(folder);
    await writeFile(join(folder, "key"), text);
    await expect(openServerSecret(folder)).rejects.toThrow(SecretUnusable);
    expect(await readFile(join(folder, "key"), "utf8")).toBe(text);
  },
);
