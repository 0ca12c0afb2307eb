import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { chooseType } from "./media-types.ts";
import { chooseSimpleType } from "./negotiate.ts";

/** What the reference's own negotiation answered. */
interface Vectors {
  readonly simple_accept_origin: readonly { readonly accept: string | null; readonly type: string }[];
  readonly integrity_accept: readonly { readonly accept: string | null; readonly type: string | null }[];
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../../test/vectors/read-api-vectors.json", import.meta.url), "utf8"),
);

const simpleCases = vectors.simple_accept_origin.filter(({ accept }) => !accept?.includes("latest"));
test.each(simpleCases)("a simple page for Accept $accept is $type", ({ accept, type }) => {
  expect(chooseSimpleType(accept ?? undefined, "")).toBe(type);
});

const integrityOffers = ["application/vnd.pypi.integrity.v1+json", "application/json"];
test.each(vectors.integrity_accept)("provenance for Accept $accept is $type", ({ accept, type }) => {
  expect(chooseType(accept ?? undefined, integrityOffers) ?? null).toBe(type);
});

const html = "application/vnd.pypi.simple.v1+html";
const json = "application/vnd.pypi.simple.v1+json";

test.each([
  ["application/vnd.pypi.simple.latest+json", json],
  ["application/vnd.pypi.simple.latest+html", html],
  ["application/vnd.pypi.simple.latest+json, text/html;q=0.9", json],
])("latest means version 1: %s", (accept, type) => {
  expect(chooseSimpleType(accept, "")).toBe(type);
});

test.each([
  ["format=text/html", json, "text/html"],
  ["format=application/vnd.pypi.simple.v1%2Bjson", "text/html", json],
  ["a=b&format=application/vnd.pypi.simple.latest%2Bhtml", json, html],
  ["format=application/vnd.pypi.simple.v1+json", "text/html", "text/html"],
  ["format=json", json, json],
  ["reformat=text/html", json, json],
])("the query %s for Accept %s gives %s", (query, accept, type) => {
  expect(chooseSimpleType(accept, query)).toBe(type);
});

test("a comma inside a quoted parameter does not split", () => {
  expect(chooseType('text/html;a="x,y", text/plain;q=0.5', ["text/html", "text/plain"])).toBe("text/plain");
});
