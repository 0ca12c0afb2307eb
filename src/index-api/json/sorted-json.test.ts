import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SortedObject, sortedJson } from "./sorted-json.ts";

/** What the reference's own serialiser printed. */
interface Vectors {
  readonly json_project_style: { readonly input: unknown; readonly output: string };
  readonly json_integer_keys: {
    readonly input_pairs: readonly (readonly [string, unknown])[];
    readonly output: string;
  };
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../../test/vectors/read-api-vectors.json", import.meta.url), "utf8"),
);

test("values are printed as the reference prints them", () => {
  const { input, output } = vectors.json_project_style;
  expect(`${sortedJson(input)}\n`).toBe(output);
});

test("keys that look like integers are sorted as text", () => {
  const { input_pairs, output } = vectors.json_integer_keys;
  const object = new SortedObject(input_pairs.map(([key, value]) => [key, JSON.stringify(value)]));
  expect(`${object}\n`).toBe(output);
});

test("keys beyond the basic plane come after all others", () => {
  expect(sortedJson({ "\u{1f9c0}": 1, "\uffee": 2 })).toBe('{"\uffee":2,"\u{1f9c0}":1}');
});
