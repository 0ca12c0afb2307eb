import { describe, expect, test } from "vitest";
import type { Answer } from "../platform/http/answer.ts";
import { fileAnswer, methodAnswer, type RequestHead, type Visibility, wholeFile } from "./file-answer.ts";

const WHEEL = "brie-1.0-py3-none-any.whl";
const BYTES = Buffer.from("0123456789");
const ETAG = `"${"ab".repeat(32)}"`;
const LISTED = Temporal.Instant.from("2026-09-01T10:00:00.5Z");
const DATE = "Tue, 01 Sep 2026 10:00:00 GMT";

function answer(
  headers: RequestHead["headers"] = {},
  { method = "GET", filename = WHEEL, visibility = "public" as Visibility } = {},
): Answer {
  const request = { method, headers };
  const file = { blake2b: "ab".repeat(32), filename, listedAt: LISTED };
  return methodAnswer(request, visibility) ?? fileAnswer(request, wholeFile(file, visibility, BYTES), visibility);
}

function headersOf({ headers }: Answer): Record<string, string> {
  const pairs = Array.from({ length: headers.length / 2 }, (_, at) => [headers[2 * at], headers[2 * at + 1]]);
  const all = Object.fromEntries(pairs);
  expect(Object.keys(all).length, "no field is sent twice").toBe(pairs.length);
  return all;
}

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, OPTIONS",
  "Access-Control-Allow-Headers": "Range",
  "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges",
};
const FACTS = {
  "x-pypi-file-project": "brie",
  "x-pypi-file-version": "1.0",
  "x-pypi-file-package-type": "bdist_wheel",
  "x-pypi-file-python-version": "py3",
};
const WHOLE = {
  "Content-Type": "application/octet-stream",
  "Cache-Control": "max-age=365000000, immutable, public",
  ETag: ETAG,
  "Last-Modified": DATE,
  "Accept-Ranges": "bytes",
  "X-Robots-Tag": "noindex",
  ...FACTS,
  ...CORS,
};

describe("headers", () => {
  test.each(["GET", "HEAD"])("%s of a file says everything there is to say", (method) => {
    const whole = answer({}, { method });
    expect(whole.status).toBe(200);
    expect(whole.body).toEqual(BYTES);
    expect(headersOf(whole)).toEqual(WHOLE);
  });

  test("a file of a private index is kept by nobody else and read by no other origin", () => {
    const { "Cache-Control": _, ...rest } = { ...FACTS, ...WHOLE };
    const expected: Record<string, string> = { ...rest, "Cache-Control": "private, no-cache", Vary: "Authorization" };
    for (const field of Object.keys(CORS)) delete expected[field];
    expect(headersOf(answer({}, { visibility: "private" }))).toEqual(expected);
  });

  test.each([
    ["brie-1.0.tar.gz", "application/gzip"],
    ["brie-1.0.TGZ", "application/gzip"],
    ["brie-1.0.zip", "application/octet-stream"],
    ["brie-1.0.tar.bz2", "application/octet-stream"],
    ["brie-1.0-py3.8.egg", "application/octet-stream"],
    ["brie.html", "application/octet-stream"],
    [`${WHEEL}.metadata`, "text/plain; charset=utf-8"],
    ["brie-1.0.tar.gz.metadata", "text/plain; charset=utf-8"],
  ])("%s is sent as %s, never with a coding", (filename, type) => {
    const headers = headersOf(answer({ "accept-encoding": "gzip" }, { filename }));
    expect(headers["Content-Type"]).toBe(type);
    expect(headers).not.toHaveProperty("Content-Encoding");
  });

  test.each([
    ["Brie.Cheese-2!1.0RC1.tar.gz", { project: "brie-cheese", version: "2!1.0rc1", "package-type": "sdist" }],
    ["brie-1.0-1-py2.py3-none-any.whl", { project: "brie", version: "1.0", "python-version": "py2.py3" }],
    ["brie-1.0-py3-none-any.whl.metadata", { project: "brie", version: "1.0", "package-type": "bdist_wheel" }],
  ])("%s names its project and version", (filename, facts) => {
    const expected = Object.entries(facts).map(([name, value]) => [`x-pypi-file-${name}`, value]);
    expect(headersOf(answer({}, { filename }))).toMatchObject(Object.fromEntries(expected));
  });

  test.each(["brie.tar.gz", "brie-.whl", "brie-1.0-py3.8.egg", "brie-1.0-ｐｙ-none-any.whl"])(
    "%s, whose name follows no standard, is sent without facts",
    (filename) => {
      expect(answer({}, { filename }).headers.filter((field) => field.startsWith("x-pypi"))).toEqual([]);
    },
  );

  test("a metadata sibling differs by coding, not by range", () => {
    const headers = headersOf(answer({ range: "bytes=0-1" }, { filename: `${WHEEL}.metadata` }));
    expect(headers).toMatchObject({ Vary: "Accept-Encoding" });
    expect(headers).not.toHaveProperty("Accept-Ranges");
    const closed = answer({}, { filename: `${WHEEL}.metadata`, visibility: "private" });
    expect(headersOf(closed)).toMatchObject({ Vary: "Accept-Encoding, Authorization" });
  });

  test("every coding has an ETag of its own", () => {
    const file = { blake2b: "ab".repeat(32), filename: `${WHEEL}.metadata`, listedAt: LISTED };
    const zipped = wholeFile(file, "public", BYTES, "gzip");
    expect(headersOf(zipped.answer)).toMatchObject({ "Content-Encoding": "gzip", ETag: ETAG.replace(/"$/, '-gz"') });
    const asked = { method: "GET", headers: { "if-none-match": ETAG } };
    expect(fileAnswer(asked, zipped, "public").status).toBe(200);
  });
});

describe("parts", () => {
  test.each([
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=2-5", 206, "2345", "bytes 2-5/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=0-", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=7-99", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, undefined, "bytes */10"],
    ["bytes=-0", 416, undefined, "bytes */10"],
    ["bytes=0-1,4-5", 200, "0123456789", undefined],
    ["bytes=5-2", 200, "0123456789", undefined],
    ["bytes=", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("%s is answered with %d", (range, status, body, contentRange) => {
    const part = answer({ range });
    expect(part.status).toBe(status);
    if (body !== undefined) expect(String(part.body)).toBe(body);
    expect(headersOf(part)["Content-Range"]).toBe(contentRange);
    expect(headersOf(part)).toMatchObject(CORS);
    if (status === 206) expect(headersOf(part)).toMatchObject(WHOLE);
  });

  test("a part of a large file is a part of the file on the disk", () => {
    const file = { blake2b: "ab".repeat(32), filename: WHEEL, listedAt: LISTED };
    const whole = wholeFile(file, "public", { path: "/blobs/x", start: 0, end: 1000 });
    const part = fileAnswer({ method: "GET", headers: { range: "bytes=-100" } }, whole, "public");
    expect(part).toMatchObject({ status: 206, body: { path: "/blobs/x", start: 900, end: 1000 } });
  });

  test("an unsatisfiable range of a private file is no business of caches either", () => {
    expect(headersOf(answer({ range: "bytes=10-" }, { visibility: "private" }))).toMatchObject({
      "Cache-Control": "private, no-cache",
      Vary: "Authorization",
    });
  });

  test("HEAD has no parts", () => {
    expect(answer({ range: "bytes=0-0" }, { method: "HEAD" }).status).toBe(200);
  });

  test.each([
    [ETAG, 206],
    [`W/${ETAG}`, 200],
    ['"other"', 200],
    [DATE, 206],
    ["Tue, 01 Sep 2026 10:00:01 GMT", 200],
    ["nonsense", 200],
  ])("If-Range %s with a range is answered with %d", (ifRange, status) => {
    expect(answer({ range: "bytes=0-0", "if-range": ifRange }).status).toBe(status);
  });
});

describe("conditions", () => {
  test.each([
    [{ "if-none-match": ETAG }, 304],
    [{ "if-none-match": `"other", W/${ETAG}` }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"other"' }, 200],
    [{ "if-none-match": '"other"', "if-modified-since": DATE }, 200],
    [{ "if-modified-since": DATE }, 304],
    [{ "if-modified-since": "Wed, 02 Sep 2026 10:00:00 GMT" }, 304],
    [{ "if-modified-since": "Tue, 01 Sep 2026 09:59:59 GMT" }, 200],
    [{ "if-modified-since": "yesterday" }, 200],
    [{ "if-none-match": ETAG, range: "bytes=0-0" }, 304],
  ])("%j is answered with %d", (headers, status) => {
    for (const method of ["GET", "HEAD"]) expect(answer(headers, { method }).status).toBe(status);
  });

  test("304 carries what a cache renews, and no body", () => {
    const fresh = answer({ "if-none-match": ETAG });
    expect(fresh.body).toBeNull();
    const { "Content-Type": _, ...rest } = WHOLE;
    expect(headersOf(fresh)).toEqual(rest);
  });
});

describe("methods", () => {
  const asks = { origin: "https://pyodide.example", "access-control-request-method": "GET" };

  test("a preflight is answered without a body", () => {
    const preflight = answer(asks, { method: "OPTIONS" });
    expect(preflight).toMatchObject({ status: 204, body: null });
    expect(headersOf(preflight)).toEqual({
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Headers": "Range, Accept-Encoding",
      "Access-Control-Max-Age": "86400",
      "X-Robots-Tag": "noindex",
    });
  });

  test.each([
    ["OPTIONS", {}, "public"],
    ["OPTIONS", { origin: "https://pyodide.example" }, "public"],
    ["OPTIONS", asks, "private"],
    ["PUT", {}, "public"],
    ["POST", {}, "public"],
    ["DELETE", {}, "private"],
    ["PROPFIND", {}, "public"],
  ] as const)("%s %j on a %s index is not allowed", (method, headers, visibility) => {
    const refused = answer(headers, { method, visibility });
    expect(refused.status).toBe(405);
    expect(String(refused.body)).toBe("Method not allowed.");
    expect(headersOf(refused)).toMatchObject({
      Allow: "GET, HEAD, OPTIONS",
      "Content-Type": "text/plain; charset=UTF-8",
    });
    expect(headersOf(refused)["Access-Control-Allow-Origin"]).toBe(visibility === "public" ? "*" : undefined);
  });
});
