import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp } from "../support/app.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { startFakeUpstream } from "../support/fake-upstream.ts";

let app: TestApp;
let file: string;
beforeAll(async () => {
  app = await createTestApp();
  const { authorization } = await app.makeUploader();
  for (const one of [buildWheel({ name: "Brie" }), buildSdist({ name: "Brie" })]) {
    expect((await app.upload(one, authorization)).statusCode).toBe(200);
  }
  const page = await app.get("/simple/brie/", { accept: "application/vnd.pypi.simple.v1+json" });
  file = page.json().files[0].url;
});
afterAll(() => app.close());

const json = "application/vnd.pypi.simple.v1+json";
const addresses = () => [
  "/simple/",
  "/simple/brie/",
  "/simple/brie/?format=application/vnd.pypi.simple.v1%2Bjson",
  "/pypi/Brie/json",
  "/pypi/brie/1.0/json",
  file,
  `${file}.metadata`,
];
const heads = [
  {},
  { accept: json },
  { "accept-encoding": "gzip" },
  { accept: json, "accept-encoding": "gzip", "if-none-match": "*" },
];

test("from memory and through the route, every address answers the same, byte for byte", async () => {
  for (const url of addresses()) {
    for (const headers of heads) {
      // Forgotten, so that the first answer comes through the route and is built anew; the second comes from memory.
      app.hear({ kind: "everything" });
      const routed = await app.get(url, headers);
      const before = app.queries();
      const hot = await app.get(url, headers);
      expect([url, app.queries() - before]).toEqual([url, 0]);
      expect([url, hot.statusCode, hot.headers]).toEqual([url, routed.statusCode, routed.headers]);
      expect(hot.rawPayload.equals(routed.rawPayload)).toBe(true);
    }
  }
});

test("so do those of a project of an upstream", async () => {
  const upstream = await startFakeUpstream();
  const union = await createTestApp({ upstream: upstream.url });
  try {
    upstream.publish(buildWheel({ name: "edam" }));
    for (const url of ["/simple/", "/simple/edam/", "/pypi/edam/json", "/i/upstream/simple/edam/"]) {
      for (const headers of heads) {
        await union.get(url, headers);
        union.hear({ kind: "everything" });
        const routed = await union.get(url, headers);
        const before = union.queries();
        const hot = await union.get(url, headers);
        expect([url, union.queries() - before]).toEqual([url, 0]);
        expect([url, hot.statusCode, hot.headers]).toEqual([url, routed.statusCode, routed.headers]);
        expect(hot.rawPayload.equals(routed.rawPayload)).toBe(true);
      }
    }
    // Not fresh any more: the upstream's pages are looked at again, the list is not.
    for (const url of ["/simple/", "/simple/edam/"]) await union.get(url);
    union.passTime({ minutes: 11 });
    const before = union.queries();
    await union.get("/simple/");
    expect(union.queries()).toBe(before);
    await union.get("/simple/edam/");
    expect(union.queries()).toBeGreaterThan(before);
  } finally {
    await union.close();
    await upstream.down();
  }
});

test("what is in memory goes on being served while the database is away", async () => {
  for (const url of addresses()) await app.get(url);
  await app.database.setReachable(false);
  try {
    for (const url of addresses()) expect([url, (await app.get(url)).statusCode]).toEqual([url, 200]);
    expect((await app.get("/simple/unknown/")).statusCode).toBe(503);
  } finally {
    await app.database.setReachable(true);
  }
});

test("a page whose building began before a change is not kept", async () => {
  const { authorization } = await app.makeUploader();
  expect((await app.upload(buildWheel({ name: "edam" }), authorization)).statusCode).toBe(200);
  for (const url of [
    "/simple/edam/",
    "/simple/edam/?format=application/vnd.pypi.simple.v1%2Bjson",
    "/pypi/edam/json",
  ]) {
    app.hear({ kind: "everything" });
    // From here on the only thing to ask the database for is the page.
    await app.get("/simple/brie/");
    const version = `2.${url.length}`;
    const early = await app.withLateRows(
      () => app.get(url),
      async () => {
        expect((await app.upload(buildWheel({ name: "edam", version }), authorization)).statusCode).toBe(200);
        expect((await app.get(url)).body).toContain(`edam-${version}-py3-none-any.whl`);
      },
    );
    // It answers who waited for it, with the rows that it had read.
    expect([early.statusCode, early.body.includes(version)]).toEqual([200, false]);
    expect((await app.get(url)).body).toContain(`edam-${version}-py3-none-any.whl`);
  }
});

test("an upload of what is there already is answered when all processes were told, as whoever listed it may have died", async () => {
  const { authorization } = await app.makeUploader();
  const wheel = buildWheel({ name: "gouda" });
  for (let time = 1; time <= 3; time++) {
    const before = app.announced().length;
    expect((await app.upload(wheel, authorization)).statusCode).toBe(200);
    expect(app.announced().slice(before)).toMatchObject([{ kind: "project", project: "gouda" }]);
  }
});
