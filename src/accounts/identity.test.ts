import { expect, test } from "vitest";
import { createIdentify } from "./identity.ts";

const USER = { id: "1", username: "alice", isStaff: false, hasVerifiedEmail: true, isActive: true } as const;
const GOOD = { id: "t1", description: "laptop", isRevoked: false, caveats: [], user: USER } as const;
const TOKENS = new Map([
  ["pypi-good", GOOD],
  ["pypi-revoked", { ...GOOD, isRevoked: true }],
  ["pypi-disabled", { ...GOOD, user: { ...USER, isActive: false } }],
  ["pypi-disabled-revoked", { ...GOOD, isRevoked: true, user: { ...USER, isActive: false } }],
]);
const HTPASSWD = { isUser: async (name: string, password: string) => name !== "nobody" && password === "secret" };
const USERS = {
  getHtpasswdUser: async (name: string) => ({
    ...USER,
    username: `htpasswd:${name}`,
    hasVerifiedEmail: false,
    isActive: name !== "locked",
  }),
};

const tokens = { verifyToken: async (text: string) => TOKENS.get(text) };
const withoutFile = createIdentify({ tokens, users: USERS });
const withFile = createIdentify({ tokens, users: USERS, htpasswd: HTPASSWD });

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

const UNRECOGNISED = { kind: "invalid", reason: "unrecognised" };
const ALICE = { kind: "user", via: "token", user: USER, token: GOOD };

test.each([
  [undefined, { kind: "anonymous" }],
  [basic("__token__:pypi-good"), ALICE],
  ["Bearer pypi-good", ALICE],
  ["token pypi-good", ALICE],
  ["Bearer pypi-other", UNRECOGNISED],
  ["Bearer pypi-disabled", UNRECOGNISED],
  ["Bearer pypi-disabled-revoked", UNRECOGNISED],
  ["Bearer pypi-revoked", { kind: "invalid", reason: "revoked", tokenName: "laptop" }],
  ["Digest abc", UNRECOGNISED],
])("%j is the same with and without an htpasswd file", async (header, identity) => {
  expect(await withoutFile(header)).toEqual(identity);
  expect(await withFile(header)).toEqual(identity);
});

test("without an htpasswd file every user name and password is told that tokens are wanted", async () => {
  expect(await withoutFile(basic("alice:secret"))).toEqual({ kind: "invalid", reason: "password" });
  expect(await withoutFile(basic("alice:pypi-good"))).toEqual({ kind: "invalid", reason: "password" });
});

test("a user of the htpasswd file acts under a name that no account can have", async () => {
  const identity = await withFile(basic("alice:secret"));
  expect(identity).toMatchObject({ kind: "user", via: "htpasswd", user: { username: "htpasswd:alice" } });
});

test.each(["alice:wrong", "nobody:secret", "locked:secret", "alice:pypi-good"])(
  "%s is recognised as nobody",
  async (pair) => {
    expect(await withFile(basic(pair))).toEqual(UNRECOGNISED);
  },
);
