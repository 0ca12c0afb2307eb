import { describe, expect, test } from "vitest";
import { isLoopback, parseBaseUrl, parseDatabaseUrl, parseHost, parseNetwork } from "./addresses.ts";

describe("a base address ends with a slash and carries nothing but a host and a path", () => {
  test.each([
    ["https://pypi.example.org", "https://pypi.example.org/"],
    ["https://pypi.example.org/base", "https://pypi.example.org/base/"],
    ["http://[::1]:8080/", "http://[::1]:8080/"],
    ["HTTPS://PYPI.example.org:443/", "https://pypi.example.org/"],
  ])("%s becomes %s", (text, url) => expect(parseBaseUrl(text)).toBe(url));

  test.each([
    ["pypi.example.org", "begins with https://"],
    ["ftp://pypi.example.org/", "begins with https://"],
    ["https://user:pass@pypi.example.org/", "user or password"],
    ["https://pypi.example.org/?a=1", "query"],
    ["https://pypi.example.org/#a", "query or a fragment"],
  ])("%s is refused", (text, reason) => expect(() => parseBaseUrl(text)).toThrow(reason));
});

test.each([
  ["0.0.0.0", "0.0.0.0"],
  ["[::1]", "::1"],
  ["pypi.example.org", "pypi.example.org"],
])("the host %s is %s", (text, host) => expect(parseHost(text)).toBe(host));

test.each(["", "two words", "http://x", "-x", "a:b"])("%j is not a host", (text) =>
  expect(() => parseHost(text)).toThrow("is not a host"),
);

test.each([
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["127.example.org", false],
])("only this machine reaches %s: %s", (host, isLocal) => expect(isLoopback(host)).toBe(isLocal));

test("a database address is PostgreSQL's", () => {
  expect(parseDatabaseUrl("postgres://u:p@h/d")).toBe("postgres://u:p@h/d");
  expect(() => parseDatabaseUrl("mysql://h/d")).toThrow("begins with postgresql://");
});

test.each(["10.0.0.0/8", "192.0.2.7", "::1", "fd00::/8", "0.0.0.0/0"])("%s is a network", (text) =>
  expect(parseNetwork(text)).toBe(text),
);

test.each(["10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/8/8", "10.0.0.0/", "proxy"])("%j is not a network", (text) =>
  expect(() => parseNetwork(text)).toThrow("is not a network"),
);
