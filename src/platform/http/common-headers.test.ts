import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createCommonHeaders, ownOriginPolicy } from "./common-headers.ts";

const headersFor = createCommonHeaders({
  isSecure: ({ headers }) => headers["x-test-secure"] === "yes",
  isSandboxed: (url) => url.startsWith("/simple/"),
  contentSecurityPolicy: ownOriginPolicy,
  hstsMaxAge: 31_536_000,
});

function fields(url: string, secure = "no"): Map<string, string> {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  request.headers["x-test-secure"] = secure;
  const list = headersFor(request);
  expect(headersFor(request)).toBe(list);
  return new Map(list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ""]] : [])));
}

test("every answer carries the security fields", () => {
  const page = fields("/");
  expect(Object.fromEntries(page)).toMatchObject({
    "Referrer-Policy": "origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
    "X-XSS-Protection": "1; mode=block",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Content-Security-Policy": ownOriginPolicy,
  });
  expect(page.get("Permissions-Policy")).toMatch(/^publickey-credentials-create=\(self\), .*camera=\(\), .*usb=\(\)/);
});

test("a simple page may run nothing", () => {
  expect(fields("/simple/brie/").get("Content-Security-Policy")).toBe(
    "default-src 'none'; sandbox allow-top-navigation",
  );
});

test("https is insisted on only over https", () => {
  expect(fields("/").has("Strict-Transport-Security")).toBe(false);
  expect(fields("/", "yes").get("Strict-Transport-Security")).toBe("max-age=31536000");
  expect(fields("/simple/", "yes").get("Strict-Transport-Security")).toBe("max-age=31536000");
});

test("directives of the policy are sorted by name", () => {
  const names = ownOriginPolicy.split("; ").map((directive) => directive.split(" ")[0]);
  expect(names).toEqual(names.toSorted());
});
