import { expect, test } from "vitest";
import { latestRelease, releaseNamed } from "./choose-release.ts";
import type { ReleaseEntry } from "./project-page.ts";

/** `1.0 yanked`, `2.0rc1 pre`, `3.0 quarantined`, in version order. */
function releases(...texts: readonly string[]): readonly ReleaseEntry[] {
  return texts.map((text) => {
    const [version = "", ...marks] = text.split(" ");
    return {
      version,
      isPrerelease: marks.includes("pre"),
      isYanked: marks.includes("yanked"),
      yankedReason: "",
      isQuarantined: marks.includes("quarantined"),
      requiresPython: null,
    };
  });
}

test.each([
  [["1.0", "2.0"], "2.0"],
  [["1.0", "2.0rc1 pre"], "1.0"],
  [["1.0rc1 pre", "1.0 yanked"], "1.0rc1"],
  [["1.0rc1 pre yanked", "1.0 yanked"], "1.0"],
  [["1.0", "2.0 quarantined"], "1.0"],
  [["1.0 quarantined"], undefined],
  [[], undefined],
])("of %j the latest is %s", (texts, version) => {
  expect(latestRelease(releases(...texts))?.version).toBe(version);
});

test.each([
  ["1.0", ["1.0.0"], "1.0.0"],
  ["v1.0", ["1.0", "2.0"], "1.0"],
  ["1.0", ["1.0", "1.0.0"], "1.0"],
  ["1.0.0.0", ["1.0", "1.0.0"], undefined],
  ["3.0", ["1.0"], undefined],
  ["no version", ["1.0"], undefined],
])("%s among %j names %s", (asked, texts, version) => {
  expect(releaseNamed(releases(...texts), asked)?.version).toBe(version);
});
