import { describe, expect, test } from "vitest";
import { parseDuration, parseSize, parseSwitch, wholeNumber } from "./quantities.ts";

describe("a size is read in thousands or in 1024s", () => {
  test.each([
    ["0", 0],
    ["512", 512],
    ["512B", 512],
    ["1kB", 1000],
    ["1KiB", 1024],
    ["256MB", 256_000_000],
    ["2GiB", 2_147_483_648],
    ["1.5 GB", 1_500_000_000],
    ["2g", 2_000_000_000],
    ["1TiB", 1_099_511_627_776],
  ])("%s is %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(["", "MB", "-1MB", "1e9", "lots", "1PB", "9999999999TB", "1 000"])("%j is not a size", (text) =>
    expect(() => parseSize(text)).toThrow("is not a size"),
  );
});

describe("a length of time is counted in hours and less, so that instants can be moved by it", () => {
  test.each([
    ["90d", "PT2160H"],
    ["2w", "PT336H"],
    ["36h", "PT36H"],
    ["90m", "PT1H30M"],
    ["45s", "PT45S"],
  ])("%s is %s", (text, duration) => {
    expect(parseDuration(text).toString()).toBe(duration);
    expect(() => Temporal.Instant.fromEpochMilliseconds(0).add(parseDuration(text))).not.toThrow();
  });

  test.each(["", "90", "d", "-1d", "1.5d", "1y", "P1D"])("%j is not a length of time", (text) =>
    expect(() => parseDuration(text)).toThrow("is not a length of time"),
  );
});

test.each([
  ["on", true],
  ["Yes", true],
  ["true", true],
  ["1", true],
  ["off", false],
  ["NO", false],
  ["0", false],
])("%s switches %s", (text, value) => expect(parseSwitch(text)).toBe(value));

test.each(["70000", "-1", "8080.0", "", "eighty", "0x10"])("%j is not a port", (text) =>
  expect(() => wholeNumber(0, 65_535)(text)).toThrow("from 0 to 65535"),
);
