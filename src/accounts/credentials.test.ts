import fc from "fast-check";
import { expect, test } from "vitest";
import { type Credentials, parseAuthorization } from "./credentials.ts";

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}
function token(text: string): Credentials {
  return { kind: "token", token: text };
}
function password(username: string, text: string): Credentials {
  return { kind: "password", username, password: text };
}

test.each<readonly [string | undefined, Credentials]>([
  [undefined, { kind: "none" }],
  ["", { kind: "none" }],
  ["  ", { kind: "none" }],
  [basic("__token__:pypi-abc"), token("pypi-abc")],
  [basic("__token__: pypi-abc\r\n"), token("pypi-abc")],
  [basic(":pypi-abc"), token("pypi-abc")],
  [basic("__token__:"), token("")],
  [basic("__TOKEN__:pypi-abc"), password("__TOKEN__", "pypi-abc")],
  [basic("alice:secret"), password("alice", "secret")],
  [basic("alice: a:b "), password("alice", " a:b ")],
  [basic("älice:pässword"), password("älice", "pässword")],
  [basic("alice:"), password("alice", "")],
  [basic("pypi-abc:"), password("pypi-abc", "")],
  [basic("alice:secret").replace("Basic", "bASIC"), password("alice", "secret")],
  [basic("alice:secret").replace(" ", "   "), password("alice", "secret")],
  [basic("alice:secret").replace(/=+$/, ""), password("alice", "secret")],
  ["Bearer pypi-abc", token("pypi-abc")],
  ["bearer   pypi-abc", token("pypi-abc")],
  ["token pypi-abc", token("pypi-abc")],
  ["TOKEN pypi-abc ", token("pypi-abc")],
  ["Bearer", token("")],
  [basic("no colon"), { kind: "unreadable" }],
  ["Basic %%%", { kind: "unreadable" }],
  ["Basic", { kind: "unreadable" }],
  ["Basic  ", { kind: "unreadable" }],
  ["Digest username=alice", { kind: "unreadable" }],
  ["pypi-abc", { kind: "unreadable" }],
])("%j is %j", (header, credentials) => {
  expect(parseAuthorization(header)).toEqual(credentials);
});

test("no header makes the reader throw", () => {
  fc.assert(
    fc.property(fc.constantFrom("", "Basic ", "bearer ", "token "), fc.string({ unit: "binary" }), (scheme, rest) => {
      parseAuthorization(scheme + rest);
      parseAuthorization(scheme + Buffer.from(rest).toString("base64"));
    }),
  );
});
