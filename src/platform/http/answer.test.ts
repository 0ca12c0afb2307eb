import { expect, test } from "vitest";
import { redirectAnswer } from "./answer.ts";

test.each([
  ["/simple/brie/?a=%20", "/simple/brie/?a=%20"],
  ["/project/caf\u00e9/", "/project/caf%C3%A9/"],
  ["/x\ud800", "/x%EF%BF%BD"],
])("a redirect to %j is sent as %s", (location, sent) => {
  expect(redirectAnswer(301, location).headers).toEqual(["Location", sent]);
});

test.each(["/a\r\nSet-Cookie: b=c", "/a\\b", "/a b"])("a redirect to %j is never made", (location) => {
  expect(() => redirectAnswer(302, location)).toThrow("not a redirect target");
});
