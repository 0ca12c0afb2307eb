import { describe, expect, test } from "vitest";
import { apr1Digits } from "./apr1.ts";
import { isHtpasswdPassword, parseHtpasswd } from "./htpasswd-lines.ts";

/** Made by other programs: `openssl passwd -apr1`, crypt(3) and the definitions of the two SHA-1 forms. */
const SECRET = {
  bcrypt: "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
  apr1: "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/",
  sha: "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
  ssha: "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
};

test.each([
  ["secret", "abcdefgh", "h9FWgUz3n9YxylKLlR5SQ/"],
  ["", "xy", "43..WIhbfuznGvwoCyUek/"],
  ["a much longer password with ümlauts and more than sixteen", "12345678", "L9YId0ITdYvZ54MCVUrfu/"],
])("apr1 of %j with the salt %s", (password, salt, digits) => {
  expect(apr1Digits(password, salt)).toBe(digits);
});

describe.each(Object.entries(SECRET))("%s", (_, hash) => {
  test("lets the right password in and no other", async () => {
    expect(parseHtpasswd(`alice:${hash}`)).toEqual({ hashes: new Map([["alice", hash]]), complaints: [] });
    expect(await isHtpasswdPassword("secret", hash)).toBe(true);
    for (const wrong of ["", "Secret", "secret ", hash]) expect(await isHtpasswdPassword(wrong, hash)).toBe(false);
  });
});

test("comments, empty lines, carriage returns and further fields are no part of it", () => {
  const { hashes, complaints } = parseHtpasswd(`# people\r\n\r\n  alice:${SECRET.sha}:Alice\r\nbob:${SECRET.apr1}\r\n`);
  expect([...hashes]).toEqual([
    ["alice", SECRET.sha],
    ["bob", SECRET.apr1],
  ]);
  expect(complaints).toEqual([]);
});

test.each([
  ["plain text", "bob:secret", /^only bcrypt, apr1/],
  ["nothing", "bob:", /^only bcrypt, apr1/],
  ["no colon", "bob", /^only bcrypt, apr1/],
  ["crypt(3)", "bob:rl.3StKT.4T8M", /^only bcrypt, apr1/],
  ["SHA-512 crypt", `bob:$6$salt$${"x".repeat(86)}`, /^only bcrypt, apr1/],
  ["a shortened bcrypt hash", `bob:${SECRET.bcrypt.slice(0, -1)}`, /^only bcrypt, apr1/],
  ["a salt that is missing", "bob:{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ", /^only bcrypt, apr1/],
  ["too costly a bcrypt", `bob:${SECRET.bcrypt.replace("$04$", "$15$")}`, /^a bcrypt cost of 4 to 14/],
  ["no name", `:${SECRET.sha}`, /^a name has 1 to 100/],
  ["a name with a space", `bob b:${SECRET.sha}`, /^a name has 1 to 100/],
  ["a long name", `${"b".repeat(101)}:${SECRET.sha}`, /^a name has 1 to 100/],
  ["the name that announces tokens", `__token__:${SECRET.sha}`, /announces a token/],
  ["a name again", `alice:${SECRET.sha}`, /an earlier line/],
  ["a name again in capitals", `ALICE:${SECRET.sha}`, /an earlier line/],
])("%s lets nobody in, and is told with its line", (_, line, reason) => {
  const { hashes, complaints } = parseHtpasswd(`alice:${SECRET.apr1}\n${line}\n`);
  expect([...hashes]).toEqual([["alice", SECRET.apr1]]);
  expect(complaints).toEqual([{ line: 2, name: expect.any(String), reason: expect.stringMatching(reason) }]);
});
