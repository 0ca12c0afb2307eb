import { expect, test } from "vitest";
import { chooseCoding } from "./accept-encoding.ts";

test.each([
  [undefined, "identity"],
  ["", "identity"],
  ["*", "identity"],
  ["br", "identity"],
  ["gzip", "gzip"],
  ["GZIP", "gzip"],
  ["gzip, deflate", "gzip"],
  ["gzip, deflate, br, zstd", "gzip"],
  ["br, gzip;q=0.2", "gzip"],
  ["gzip;q=0", "identity"],
  ["gzip;q=0, *", "identity"],
  ["gzip;q=0.5, identity", "identity"],
  ["gzip, identity", "identity"],
  ["gzip, identity;q=0.5", "gzip"],
  ["gzip;q=1.0, *;q=0.5", "gzip"],
  ["gzip, *", "gzip"],
  ["identity;q=0, *", "gzip"],
  ["gzip;q=nonsense", "identity"],
])("Accept-Encoding %s is answered in %s", (field, coding) => {
  expect(chooseCoding(field)).toBe(coding);
});
