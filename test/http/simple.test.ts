// The simple index as installers and mirrors meet it (PEP 503, 592, 629, 658, 691, 700, 714, 792).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Index } from "../../src/indexes/index.ts";
import { createProjectChanges, type ProjectChanges } from "../../src/projects/index.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { getIndex } from "../support/factories.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
const HTML_TYPE = "application/vnd.pypi.simple.v1+html";
const TYPES = [
  ["text/html", "text/html; charset=UTF-8"],
  [HTML_TYPE, HTML_TYPE],
  [JSON_TYPE, JSON_TYPE],
] as const;

/** What the reference answered. */
interface Vectors {
  readonly simple_accept_origin: readonly { readonly accept: string | null; readonly type: string }[];
  readonly version_sort_ascending: { readonly input: readonly string[]; readonly output: readonly string[] };
}
const vectors: Vectors = JSON.parse(readFileSync(new URL("../vectors/read-api-vectors.json", import.meta.url), "utf8"));

let app: TestApp;
let authorization: string;
let main: Index;
let changes: ProjectChanges;
beforeAll(async () => {
  app = await createTestApp();
  authorization = (await app.makeUploader("ada")).authorization;
  main = await getIndex(app.db);
  changes = createProjectChanges({ db: app.db, clock: app.clock, announce: app.announce });
  await publish("Brie.Cheese", "1.0", { requires_python: ">=3.9" });
  await publish("zed", "1.0");
});
afterAll(() => app.close());

async function publish(name: string, version: string, fields: Record<string, string> = {}) {
  const response = await app.upload(buildWheel({ name, version }), authorization, { fields });
  expect(response.statusCode, response.body).toBe(200);
}

const project = (name: string) => ({ index: main, project: name, actorId: null });
const json = async (path: string) => (await app.get(path, { accept: JSON_TYPE })).json();
const html = async (path: string) => (await app.get(path)).body;

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since",
  "access-control-allow-methods": "GET",
  "access-control-max-age": "86400",
  "access-control-expose-headers": "X-PyPI-Last-Serial",
};
const sandbox = {
  "content-security-policy": "default-src 'none'; sandbox allow-top-navigation",
  "referrer-policy": "origin-when-cross-origin",
  "x-content-type-options": "nosniff",
};
const etagOf = (body: Buffer | string) => `"${createHash("md5").update(body).digest("base64").slice(0, 22)}"`;

describe.each(["/simple/", "/simple/brie-cheese/"])("%s", (path) => {
  test.each(TYPES)("as %s has every header", async (accept, contentType) => {
    const response = await app.get(path, { accept });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      "content-type": contentType,
      "cache-control": "max-age=600, public",
      vary: "Accept, Accept-Encoding",
      etag: etagOf(response.rawPayload),
      "content-length": String(response.rawPayload.length),
      ...cors,
      ...sandbox,
    });
    for (const absent of ["last-modified", "set-cookie", "content-encoding", "strict-transport-security"]) {
      expect(response.headers[absent], absent).toBeUndefined();
    }
  });

  test("header and body tell the same serial", async () => {
    const asJson = await app.get(path, { accept: JSON_TYPE });
    const serial = asJson.json().meta["_last-serial"];
    expect(serial).toBeGreaterThan(0);
    for (const [accept] of TYPES) {
      expect((await app.get(path, { accept })).headers["x-pypi-last-serial"]).toBe(String(serial));
    }
    if (path !== "/simple/") expect(await html(path)).toMatch(new RegExp(`\n<!--SERIAL ${serial}-->$`));
  });

  test.each(TYPES)("as %s is one resource per coding", async (accept) => {
    const plain = await app.get(path, { accept });
    const packed = await app.get(path, { accept, "accept-encoding": "gzip, deflate" });
    expect(packed.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept, Accept-Encoding", ...cors });
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    expect(packed.headers["content-length"]).toBe(String(packed.rawPayload.length));
    for (const codings of ["br", "*", "gzip;q=0", "identity, gzip;q=0.5"]) {
      const other = await app.get(path, { accept, "accept-encoding": codings });
      expect([other.headers["content-encoding"], other.headers.etag], codings).toEqual([undefined, plain.headers.etag]);
    }
  });

  test.each(TYPES)("as %s is not sent to who holds it", async (accept) => {
    for (const coding of ["identity", "gzip"]) {
      const headers = { accept, "accept-encoding": coding };
      const { etag, ...full } = (await app.get(path, headers)).headers;
      for (const held of [`${etag}`, `W/${etag}`, `"x", ${etag}`, "*"]) {
        for (const method of ["GET", "HEAD"] as const) {
          const response = await app.request({ method, url: path, headers: { ...headers, "if-none-match": held } });
          expect([response.statusCode, response.body], `${method} ${held}`).toEqual([304, ""]);
          expect(response.headers).toMatchObject({
            etag,
            "cache-control": full["cache-control"],
            vary: full.vary,
            "x-pypi-last-serial": full["x-pypi-last-serial"],
            ...cors,
          });
          expect(response.headers["content-type"]).toBeUndefined();
          expect(response.headers["content-length"]).toBeUndefined();
        }
      }
      const stale = await app.get(path, { ...headers, "if-none-match": '"something else"' });
      expect(stale.statusCode).toBe(200);
    }
  });

  test.each(TYPES)("as %s answers HEAD with the headers of GET", async (accept) => {
    const get = await app.get(path, { accept });
    const head = await app.request({ method: "HEAD", url: path, headers: { accept } });
    const { date: _, ...expected } = get.headers;
    const { date: __, ...found } = head.headers;
    expect([head.statusCode, head.body, found]).toEqual([200, "", expected]);
  });

  test.each(vectors.simple_accept_origin.filter(({ accept }) => !accept?.includes("latest")))(
    "for Accept $accept is $type",
    async ({ accept, type }) => {
      const { headers } = await app.get(path, accept === null ? {} : { accept });
      expect(headers["content-type"]).toBe(type === "text/html" ? "text/html; charset=UTF-8" : type);
    },
  );

  test.each([
    ["?format=application/vnd.pypi.simple.v1%2Bjson", "text/html", JSON_TYPE],
    ["?format=application/vnd.pypi.simple.latest%2Bjson", "text/html", JSON_TYPE],
    ["?format=application/vnd.pypi.simple.latest%2Bhtml", JSON_TYPE, HTML_TYPE],
    ["?format=text/html", JSON_TYPE, "text/html; charset=UTF-8"],
    ["?format=application/vnd.pypi.simple.v1+json", "text/html", "text/html; charset=UTF-8"],
    ["?format=json", JSON_TYPE, JSON_TYPE],
    ["?x=1", JSON_TYPE, JSON_TYPE],
    ["", "application/vnd.pypi.simple.latest+json", JSON_TYPE],
    ["", "application/vnd.pypi.simple.latest+html", HTML_TYPE],
  ])("with query %j and Accept %s is %s", async (query, accept, type) => {
    const { headers } = await app.get(`${path}${query}`, { accept });
    expect(headers["content-type"]).toBe(type);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"] as const)("refuses %s", async (method) => {
    const response = await app.request({ method, url: path });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe("GET, HEAD, OPTIONS");
  });

  test("lets a browser ask before it reads", async () => {
    const response = await app.request({ method: "OPTIONS", url: path, headers: { origin: "https://a.example" } });
    expect([response.statusCode, response.body]).toEqual([204, ""]);
    expect(response.headers).toMatchObject({ allow: "GET, HEAD, OPTIONS", ...cors });
  });
});

describe("addresses", () => {
  test.each(["Brie.Cheese", "brie_cheese", "BRIE--cheese", "brie-._cheese"])(
    "%s is redirected to the normalized name, the query kept",
    async (name) => {
      const response = await app.get(`/simple/${name}/?format=a%2Bb&x=1`);
      expect(response.statusCode).toBe(301);
      expect(response.headers).toMatchObject({
        location: "/simple/brie-cheese/?format=a%2Bb&x=1",
        "cache-control": "max-age=600, public",
        vary: "Accept",
        ...cors,
        ...sandbox,
      });
      expect(response.headers["x-pypi-last-serial"]).toBeUndefined();
      expect(response.body).toBe("");
    },
  );

  test.each([
    ["/simple", "/simple/"],
    ["/simple?x=1&y=%20", "/simple/?x=1&y=%20"],
    ["/simple/Brie.Cheese", "/simple/Brie.Cheese/"],
    ["/simple/nope?q", "/simple/nope/?q"],
  ])("%s gets its slash at %s", async (url, location) => {
    const response = await app.get(url);
    expect([response.statusCode, response.headers.location]).toEqual([301, location]);
  });

  test.each(["/simple/nope/", "/simple/brie-cheese/1.0/", "/simple/brie-cheese/x", "/simple/%C3%A9/", "/simple/../"])(
    "%s is not there, in thirteen bytes",
    async (url) => {
      const response = await app.get(url, { accept: "text/html" });
      expect([response.statusCode, response.body]).toEqual([404, "404 Not Found"]);
      expect(response.headers).toMatchObject({ "content-type": "text/plain; charset=UTF-8", ...cors, ...sandbox });
      expect(response.headers["cache-control"]).toBeUndefined();
      expect(response.headers["x-pypi-last-serial"]).toBeUndefined();
    },
  );

  test.each([
    ["what is not UTF-8", "/simple/%ff/", 400],
    ["what is no encoding", "/simple/%zz/", 400],
    ["a NUL", "/simple/a%00b/", 404],
    ["a query that is not UTF-8", "/simple/a/?x=%ff", 400],
    ["a very long name", `/simple/${"a".repeat(1500)}/`, 404],
  ])("%s is the client's mistake", async (_, url, status) => {
    expect((await app.get(url)).statusCode).toBe(status);
  });
});

test("the list has display names by normalized name, each with the serial of its page", async () => {
  const { meta, projects } = await json("/simple/");
  expect(meta["api-version"]).toBe("1.4");
  expect(projects.map(({ name }: { name: string }) => name).slice(0, 1)).toEqual(["Brie.Cheese"]);
  for (const { name, "_last-serial": serial } of projects) {
    const page = await app.get(`/simple/${name.toLowerCase().replaceAll(".", "-")}/`, { accept: JSON_TYPE });
    // A mirror takes a page that is older than the list for stale and gives up.
    expect(Number(page.headers["x-pypi-last-serial"])).toBe(serial);
    expect(serial).toBeLessThanOrEqual(meta["_last-serial"]);
  }
  expect(await html("/simple/")).toContain('<a href="/simple/brie-cheese/">Brie.Cheese</a>\n');
});

test("the page of a project has exactly the keys of the standard, sorted", async () => {
  const { body } = await app.get("/simple/brie-cheese/", { accept: JSON_TYPE });
  const page = JSON.parse(body);
  expect(body).toBe(`${JSON.stringify(page)}\n`);
  expect(Object.keys(page)).toEqual(["files", "meta", "name", "project-status", "versions"]);
  expect(Object.keys(page.files[0])).toEqual([
    "core-metadata",
    "data-dist-info-metadata",
    "filename",
    "hashes",
    "provenance",
    "requires-python",
    "size",
    "upload-time",
    "url",
    "yanked",
  ]);
  expect(page.files[0]["data-dist-info-metadata"]).toEqual(page.files[0]["core-metadata"]);
  expect(page).toMatchObject({
    name: "brie-cheese",
    "project-status": { status: "active" },
    versions: ["1.0"],
    meta: { "api-version": "1.4" },
    files: [{ provenance: null, "requires-python": ">=3.9", yanked: false }],
  });
  expect(page.files[0].url).toMatch(
    /^\/packages\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/brie_cheese-1\.0-py3-none-any\.whl$/,
  );
});

test("a yanked release keeps its files, marked with the reason, and the serial moves each time", async () => {
  await publish("yanked", "1.0");
  await publish("yanked", "2.0");
  const look = async () => {
    const page = await json("/simple/yanked/");
    return { serial: page.meta["_last-serial"], files: page.files, html: await html("/simple/yanked/") };
  };
  const before = await look();
  const reason = `bad "build" <x> & 'y' é`;
  await changes.yank(project("yanked"), "1.0", reason);
  const yanked = await look();
  expect(yanked.files.map((file: { yanked: unknown }) => file.yanked)).toEqual([reason, false]);
  expect(yanked.html).toContain(' data-yanked="bad &#34;build&#34; &lt;x&gt; &amp; &#39;y&#39; é" ');
  expect(yanked.serial).toBeGreaterThan(before.serial);

  await changes.yank(project("yanked"), "1.0", "");
  const bare = await look();
  expect(bare.files[0].yanked).toBe(true);
  expect(bare.html).toContain(' data-yanked="" ');
  expect(bare.serial).toBeGreaterThan(yanked.serial);

  await changes.unyank(project("yanked"), "1.0");
  const after = await look();
  expect(after.files.map((file: { yanked: unknown }) => file.yanked)).toEqual([false, false]);
  expect(after.html).not.toContain("data-yanked");
  expect(after.serial).toBeGreaterThan(bare.serial);
});

test("a held page counts no longer once the project changed", async () => {
  await publish("held", "1.0");
  const { etag } = (await app.get("/simple/held/")).headers;
  await changes.yank(project("held"), "1.0", "");
  const response = await app.get("/simple/held/", { "if-none-match": String(etag) });
  expect(response.statusCode).toBe(200);
  expect(response.headers.etag).not.toBe(etag);
});

test("a project in quarantine leaves the list and shows no files; it comes back whole", async () => {
  await publish("sick", "1.0");
  const names = async () => (await json("/simple/")).projects.map(({ name }: { name: string }) => name);
  const healthy = await json("/simple/sick/");
  const listSerial = (await json("/simple/")).meta["_last-serial"];
  await changes.mark(project("sick"), "quarantined");
  const page = await json("/simple/sick/");
  expect(page).toMatchObject({ files: [], versions: [], "project-status": { status: "quarantined" } });
  expect(page.meta["_last-serial"]).toBeGreaterThan(healthy.meta["_last-serial"]);
  expect(await names()).not.toContain("sick");
  expect((await json("/simple/")).meta["_last-serial"]).toBeGreaterThan(listSerial);
  expect(await html("/simple/sick/")).toContain('<meta name="pypi:project-status" content="quarantined">');

  await changes.unmark(project("sick"), "quarantined");
  expect(await json("/simple/sick/")).toMatchObject({ files: healthy.files, versions: ["1.0"] });
  expect(await names()).toContain("sick");
});

test("a release in quarantine loses its files and version, and the project stays active", async () => {
  await publish("half", "1.0");
  await publish("half", "2.0");
  await changes.quarantineRelease(project("half"), "2.0", true);
  expect(await json("/simple/half/")).toMatchObject({
    versions: ["1.0"],
    files: [{ filename: "half-1.0-py3-none-any.whl" }],
    "project-status": { status: "active" },
  });
  expect(await html("/simple/half/")).not.toContain("half-2.0");
});

test("an archived project is marked and listed", async () => {
  await publish("old", "1.0");
  await changes.mark(project("old"), "archived");
  expect((await json("/simple/old/"))["project-status"]).toEqual({ status: "archived" });
  expect(await html("/simple/old/")).toContain('<meta name="pypi:project-status" content="archived">');
  expect((await json("/simple/")).projects.map(({ name }: { name: string }) => name)).toContain("old");
});

test("a project without files has empty lists; a deleted one is gone", async () => {
  await publish("empty", "1.0");
  await changes.deleteRelease(project("empty"), "1.0");
  expect(await json("/simple/empty/")).toMatchObject({ files: [], versions: [] });
  await changes.deleteProject(project("empty"));
  expect((await app.get("/simple/empty/")).statusCode).toBe(404);
  expect((await json("/simple/")).projects.map(({ name }: { name: string }) => name)).not.toContain("empty");
});

test("times have six digits, or none at all on the full second", async () => {
  await publish("times", "1.0");
  app.passTime({ microseconds: 1_000_000 - 123_456 });
  await publish("times", "2.0");
  app.passTime({ microseconds: 123_456 });
  const times = (await json("/simple/times/")).files.map((file: { "upload-time": string }) => file["upload-time"]);
  expect(times).toEqual(["2026-05-04T10:00:00.123456Z", "2026-05-04T10:00:01Z"]);
});

test("files come by version, then by name, whatever the order of upload", async () => {
  const isValid = (version: string) => /^(?:\d+!)?\d/.test(version) && !/foo|final|2004d|\+/.test(version);
  const order = [...new Set(vectors.version_sort_ascending.output)].filter((v) => isValid(v) && v !== "1.0.0");
  for (const version of order.toSorted()) await publish("order", version);
  const sdist = await app.upload(buildSdist({ name: "order", version: "9.0" }), authorization);
  expect(sdist.statusCode, sdist.body).toBe(200);
  const page = await json("/simple/order/");
  expect(page.versions).toEqual(order);
  const names = page.files.map((file: { filename: string }) => file.filename);
  expect(names.filter((name: string) => name.startsWith("order-9.0"))).toEqual([
    "order-9.0-py3-none-any.whl",
    "order-9.0.tar.gz",
  ]);
  expect([...(await html("/simple/order/")).matchAll(/>([^<]+)<\/a>/g)].map(([, name]) => name)).toEqual(names);
});

test("Requires-Python is the release's, escaped in HTML, null when it is empty", async () => {
  await publish("python", "1.0", { requires_python: "<4,>=3.8" });
  await publish("python", "2.0");
  const { files } = await json("/simple/python/");
  expect(files.map((file: Record<string, unknown>) => file["requires-python"])).toEqual(["<4,>=3.8", null]);
  expect(await html("/simple/python/")).toContain('data-requires-python="&lt;4,&gt;=3.8" ');
});
