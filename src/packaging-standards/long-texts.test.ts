import { expect, test } from "vitest";
import { compareVersions } from "./compare-versions.ts";
import { InvalidText } from "./errors.ts";
import { canonicalizeLicenseExpression } from "./license-expression.ts";
import { parseName } from "./names.ts";
import { parseRequirement } from "./requirement.ts";
import { parseSpecifierSet } from "./specifier.ts";
import { emailFault } from "./upload-form/email-address.ts";
import { firstAddress } from "./upload-form/mailbox.ts";
import { parseWheelFilename } from "./wheel-filename.ts";

const MEGABYTE = 1_000_000;
const LIMIT = 1000;
const repeat = (unit: string) => unit.repeat(MEGABYTE / unit.length);

/** The slowest of the combinations of readers and repeated pieces that were tried. */
const READERS: Readonly<Record<string, readonly [read: (text: string) => unknown, ...units: string[]]>> = {
  "versions that are not PEP 440": [(text) => compareVersions(text, `${text}b`), "1!", "-"],
  names: [parseName, "a-", "a"],
  specifiers: [parseSpecifierSet, "==1 ,", " ", ">=1."],
  requirements: [parseRequirement, "a,", "a==1,", "a[", "a;("],
  extras: [(text) => parseRequirement(`a[${text}`), "a,", "a "],
  markers: [(text) => parseRequirement(`a;${text}`), "(", "os_name=='x' and ", "'"],
  "license expressions": [canonicalizeLicenseExpression, "(", "MIT OR ", " "],
  "wheel file names": [(text) => parseWheelFilename(`a-1-${text}-b-c.whl`), "a.", "."],
  mailboxes: [firstAddress, "x:", "(", '"', "a@", "<"],
  "e-mail addresses": [(text) => emailFault(`${text}@${text}`), "a", "é", "."],
};

/** Milliseconds of the fastest of up to three attempts: a busy machine delays some, a slow reader all of them. */
function fastest(attempt: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && best >= LIMIT; round++) {
    const start = performance.now();
    attempt();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

test.each(Object.entries(READERS))("a megabyte of %s is answered within a second", (_, [read, ...units]) => {
  for (const unit of units) {
    const text = repeat(unit);
    const milliseconds = fastest(() => {
      try {
        read(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidText);
      }
    });
    expect(milliseconds, `repeated ${unit}`).toBeLessThan(LIMIT);
  }
});
