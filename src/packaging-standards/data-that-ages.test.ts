// The data files that tools/generate-packaging-data.ts writes. Whether a source has a newer release only an index can tell
// (`--check` of that script asks it); without one, the day counts on which somebody last looked.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { normalizeName } from "./names.ts";
import { isStandardLibraryName } from "./standard-library.ts";

interface AgeingData {
  /** Distribution and release. */
  readonly source: string;
  /** When that release came out. */
  readonly published: string;
  /** A day on which it was the newest. */
  readonly newestOn: string;
}

const AGEING_AFTER = 6;
const STALE_AFTER = 18;

/** By whole months since somebody looked. */
function stateOf({ newestOn }: Pick<AgeingData, "newestOn">, today: Temporal.PlainDate): "fresh" | "ageing" | "stale" {
  const { months } = Temporal.PlainDate.from(newestOn).until(today, { largestUnit: "months" });
  return months < AGEING_AFTER ? "fresh" : months < STALE_AFTER ? "ageing" : "stale";
}

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".generated.json"));
const read = (file: string): AgeingData => JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8"));

test.each([
  ["2026-01-31", "2026-01-31", "fresh"],
  ["2026-01-31", "2026-07-30", "fresh"],
  ["2026-01-31", "2026-07-31", "ageing"],
  ["2026-01-31", "2027-07-30", "ageing"],
  ["2026-01-31", "2027-07-31", "stale"],
])("data that was the newest on %s is, on %s, %s", (newestOn, today, state) => {
  expect(stateOf({ newestOn }, Temporal.PlainDate.from(today))).toBe(state);
});

test("there is data of four sources, each with its release and two days", () => {
  expect(files.map((file) => read(file).source.split(" ")[0]).sort()).toEqual([
    "macos-release",
    "packaging",
    "stdlib-list",
    "trove-classifiers",
  ]);
  for (const file of files) {
    const { source, published, newestOn } = read(file);
    expect(source).toMatch(/^[a-z-]+ [0-9.]+$/);
    expect(Temporal.PlainDate.compare(published, newestOn)).toBeLessThanOrEqual(0);
  }
});

test.each(files)("%s is not stale", (file) => {
  const data = read(file);
  const state = stateOf(data, Temporal.Now.plainDateISO());
  const what = `${file} (${data.source}) was last looked after on ${data.newestOn}: run node tools/generate-packaging-data.ts`;
  if (state === "ageing") console.warn(`\n*** AGEING DATA *** ${what}\n`);
  expect(state, what).not.toBe("stale");
});

test.each(["xml", "XML.etree", "thread", "tomllib", "asynchat", "future"])("%s is a name of Python's own", (name) => {
  expect(isStandardLibraryName(normalizeName(name))).toBe(true);
});

test.each(["numpy", "xml-tree", ""])("%j is no name of Python's own", (name) => {
  expect(isStandardLibraryName(normalizeName(name))).toBe(false);
});
