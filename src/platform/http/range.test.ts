import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import type { Answer } from "./answer.ts";
import { httpDate } from "./conditional.ts";
import { parseRange, ranged } from "./range.ts";

test.each([
  ["bytes=0-3", 10, { start: 0, end: 4 }],
  ["bytes=4-", 10, { start: 4, end: 10 }],
  ["bytes=4-99", 10, { start: 4, end: 10 }],
  ["bytes=-3", 10, { start: 7, end: 10 }],
  ["bytes=-99", 10, { start: 0, end: 10 }],
  ["BYTES=0-0", 10, { start: 0, end: 1 }],
  ["bytes=10-", 10, "unsatisfiable"],
  ["bytes=99999999999999999999-", 10, "unsatisfiable"],
  ["bytes=-0", 10, "unsatisfiable"],
  ["bytes=0-", 0, "unsatisfiable"],
  ["bytes=5-4", 10, undefined],
  ["bytes=0-1,3-4", 10, undefined],
  ["bytes=-", 10, undefined],
  ["lines=0-1", 10, undefined],
  ["bytes=a-b", 10, undefined],
])("%s of %i bytes is %o", (field, size, range) => {
  expect(parseRange(field, size)).toEqual(range);
});

const whole: Answer = { status: 200, headers: ["ETag", '"a"'], body: Buffer.from("camembert") };
const lastModified = Temporal.Instant.from("2026-09-01T10:00:00Z");

function get(headers: Record<string, string>, method = "GET"): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  Object.assign(request.headers, headers);
  return request;
}

test("a part says where it lies", () => {
  const answer = ranged(get({ range: "bytes=2-4" }), whole, { etag: '"a"' });
  expect(answer).toMatchObject({ status: 206, headers: ["ETag", '"a"', "Content-Range", "bytes 2-4/9"] });
  expect(String(answer.body)).toBe("mem");
});

test("a part of a slice of a file is a slice of that slice", () => {
  const slice = { ...whole, body: { path: "wheel", start: 100, end: 200 } };
  expect(ranged(get({ range: "bytes=-10" }), slice, {}).body).toEqual({ path: "wheel", start: 190, end: 200 });
});

test("a range past the end is 416 with the size", () => {
  const answer = ranged(get({ range: "bytes=9-" }), whole, {});
  expect(answer.status).toBe(416);
  expect(answer.headers).toContain("bytes */9");
});

test.each([
  ["HEAD", {}],
  ["GET", { "if-range": '"b"' }],
  ["GET", { "if-range": 'W/"a"' }],
  ["GET", { "if-range": "Mon, 31 Aug 2026 10:00:00 GMT" }],
])("the whole is sent to %s with %o", (method, headers) => {
  expect(ranged(get({ range: "bytes=0-1", ...headers }, method), whole, { etag: '"a"', lastModified })).toBe(whole);
});

test.each([{ "if-range": '"a"' }, { "if-range": httpDate(lastModified) }])(
  "a part is sent when %o holds",
  (headers) => {
    expect(ranged(get({ range: "bytes=0-1", ...headers }), whole, { etag: '"a"', lastModified }).status).toBe(206);
  },
);
