import { expect, test } from "vitest";
import { PasswordUnusable } from "./errors.ts";
import { hashPassword, isPassword } from "./passwords.ts";

test("a password is recognised by its argon2id hash, another is not", async () => {
  const hash = await hashPassword("Käse und Brot");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await isPassword("Käse und Brot", hash)).toBe(true);
  expect(await isPassword("Käse und Brot ", hash)).toBe(false);
  expect(await hashPassword("Käse und Brot")).not.toBe(hash);
});

test.each(["", "short", "x".repeat(4_097), "nul\0nul\0nul"])("%j is refused", async (password) => {
  await expect(hashPassword(password)).rejects.toThrow(PasswordUnusable);
});

test.each(["", "!", "$argon2id$v=19$m=19456", "$2y$10$abc"])("the hash %j is nobody's", async (hash) => {
  expect(await isPassword("", hash)).toBe(false);
});
