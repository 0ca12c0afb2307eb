import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createForwarded, isLoopback, parseProxies } from "./forwarded.ts";

function from(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, headers);
  return request;
}

const forwarded = createForwarded(parseProxies(["10.0.0.0/8", "fd00::/8", "127.0.0.1"]));

test.each([
  ["203.0.113.9", undefined, "203.0.113.9"],
  ["203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ["10.1.2.3", "198.51.100.1", "198.51.100.1"],
  ["10.1.2.3", "6.6.6.6, 198.51.100.1", "198.51.100.1"],
  ["10.1.2.3", "198.51.100.1, 10.9.9.9", "198.51.100.1"],
  ["10.1.2.3", "10.9.9.9", "10.9.9.9"],
  ["10.1.2.3", "nonsense", "10.1.2.3"],
  ["10.1.2.3", undefined, "10.1.2.3"],
  ["::ffff:10.1.2.3", "198.51.100.1:4711", "198.51.100.1"],
  ["fd00::1", "[2001:db8::1]:80", "2001:db8::1"],
])("a request from %s with X-Forwarded-For %s comes from %s", (remote, field, client) => {
  const request = from(remote, field === undefined ? {} : { "x-forwarded-for": field });
  expect(forwarded.clientAddress(request)).toBe(client);
});

test.each([
  ["10.1.2.3", "https", true],
  ["10.1.2.3", "HTTPS", true],
  ["10.1.2.3", "https, http", false],
  ["10.1.2.3", "http", false],
  ["203.0.113.9", "https", false],
])("X-Forwarded-Proto from %s: %s is secure: %s", (remote, proto, secure) => {
  expect(forwarded.isSecure(from(remote, { "x-forwarded-proto": proto }))).toBe(secure);
});

test("without a list nobody is trusted", () => {
  const nobody = createForwarded(parseProxies([]));
  const request = from("127.0.0.1", { "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https" });
  expect([nobody.clientAddress(request), nobody.isSecure(request)]).toEqual(["127.0.0.1", false]);
});

test.each(["10.0.0.0/33", "10.0.0/8", "proxy", "", "::1/129", "10.0.0.0/8/8", "10.0.0.0/-1"])(
  "%s is no range of addresses",
  (range) => {
    expect(() => parseProxies([range])).toThrow("is not an address or a range");
  },
);

test("loopback is this machine only", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1"].every(isLoopback)).toBe(true);
  expect(["10.0.0.1", "unknown", "::2"].some(isLoopback)).toBe(false);
});
