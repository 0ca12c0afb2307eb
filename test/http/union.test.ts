import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimNames, getIndex, parseClaim } from "../../src/indexes/index.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { buildWheel } from "../support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../support/fake-upstream.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

let upstream: FakeUpstream;
let app: TestApp;
let authorization: string;
beforeEach(async () => {
  upstream = await startFakeUpstream();
  app = await createTestApp({ upstream: upstream.url });
  ({ authorization } = await app.makeUploader());
});
afterEach(async () => {
  await app.close();
  await upstream.down();
});

const page = async (name: string, index = "") =>
  (await app.get(`${index}/simple/${name}/`, { accept: JSON_TYPE })).json() as {
    files: { filename: string; url: string }[];
    versions: string[];
  };
const filenames = async (name: string, index = "") => (await page(name, index)).files.map(({ filename }) => filename);

async function claim(pattern: string, index = "main"): Promise<void> {
  await claimNames(app.db, (await getIndex(app.db, index)).id, parseClaim(pattern), "ours");
  app.hear({ kind: "everything" });
}

test("an index in front of another one shows what was uploaded, and what the other one has", async () => {
  upstream.publish(buildWheel({ name: "Edam", version: "2.0" }), { uploadedAt: "2026-01-02T03:04:05.000600Z" });
  expect((await app.upload(buildWheel({ name: "Brie" }), authorization)).statusCode).toBe(200);

  expect(await filenames("brie")).toEqual(["brie-1.0-py3-none-any.whl"]);
  expect(await filenames("edam")).toEqual(["edam-2.0-py3-none-any.whl"]);
  const html = await app.get("/simple/edam/", { accept: "text/html" });
  expect(html.body).toContain(">edam-2.0-py3-none-any.whl</a>");
  // Ours, whoever has the bytes.
  expect((await page("edam")).files[0]?.url).toMatch(/^\/packages\/..\/..\/.{60}\/edam-2.0-py3-none-any.whl$/);
  const api = (await app.get("/pypi/EDAM/json")).json();
  expect([api.info.name, api.info.version, Object.keys(api.releases)]).toEqual(["edam", "2.0", ["2.0"]]);
  expect((await app.get("/project/edam/")).body).toContain("pip install");
  expect((await app.get("/simple/EDAM/")).headers["location"]).toBe("/simple/edam/");

  const unknown = await app.get("/simple/gouda/");
  expect([unknown.statusCode, unknown.body]).toEqual([404, "404 Not Found"]);
});

test("the list of projects has those that were uploaded and those found through the mirror, each once and only if it is shown", async () => {
  for (const name of ["edam", "acme-tools", "brie", "unseen"]) upstream.publish(buildWheel({ name, version: "9.0" }));
  for (const name of ["edam", "acme-tools", "brie"]) await app.get(`/simple/${name}/`);
  await app.upload(buildWheel({ name: "Brie" }), authorization);
  await claim("acme-*");
  const { projects, meta } = (await app.get("/simple/", { accept: JSON_TYPE })).json();
  expect(projects.map(({ name }: { name: string }) => name)).toEqual(["Brie", "edam"]);
  const serials = projects.map((project: { "_last-serial": number }) => project["_last-serial"]);
  expect(meta["_last-serial"]).toBeGreaterThanOrEqual(Math.max(...serials));
});

describe("a name that is kept here is never asked upstream, in any spelling", () => {
  const spellings = ["acme-tools", "Acme.Tools", "ACME__tools", "acme-_.tools"];
  const reads = (name: string) => [
    `/simple/${name}/`,
    `/simple/${name}`,
    `/pypi/${name}/json`,
    `/pypi/${name}/9.0/json`,
    `/project/${name}/`,
    `/project/${name}/9.0/`,
  ];
  async function read(): Promise<void> {
    for (const url of spellings.flatMap(reads)) {
      const { body, statusCode } = await app.get(url, { accept: "text/html,*/*" });
      expect([url, body.includes("acme_tools-9.0") || body.includes(">9.0<")]).toEqual([url, false]);
      expect([url, statusCode < 500]).toEqual([url, true]);
    }
  }
  beforeEach(() => upstream.publish(buildWheel({ name: "acme.tools", version: "9.0" })));

  test("once it is claimed", async () => {
    await claim("Acme_*");
    await read();
    expect((await app.get("/simple/acme-tools/")).statusCode).toBe(404);
    expect(upstream.count()).toBe(0);
  });

  test("once it was uploaded, also under a rule that asks nobody", async () => {
    const other = await createTestApp({ upstream: upstream.url, rules: { "upstream-names": "allow" } });
    const uploader = await other.makeUploader();
    expect((await other.upload(buildWheel({ name: "Acme-Tools" }), uploader.authorization)).statusCode).toBe(200);
    for (const url of spellings.flatMap(reads)) await other.get(url);
    expect((await other.get("/simple/acme-tools/")).body).toContain("acme_tools-1.0");
    expect(upstream.count()).toBe(0);
    await other.close();
  });

  test("from that moment on, whatever was shown before", async () => {
    expect(await filenames("acme-tools")).toEqual(["acme_tools-9.0-py3-none-any.whl"]);
    await app.get("/pypi/acme-tools/json");
    const asked = upstream.count();
    await app.upload(buildWheel({ name: "acme-tools" }), authorization);
    expect(await filenames("acme-tools")).toEqual(["acme_tools-1.0-py3-none-any.whl"]);
    await read();
    app.passTime({ hours: 24 });
    await read();
    expect(upstream.count()).toBe(asked);
  });

  test("also while the upstream is on its way with an answer", async () => {
    const hold = upstream.hold("/simple/acme-tools/");
    const early = app.get("/simple/acme-tools/");
    await hold.arrived;
    await claim("acme-*");
    hold.release();
    expect((await early).statusCode).toBe(404);
    expect((await app.get("/simple/acme-tools/")).statusCode).toBe(404);
  });

  test("also when its project is gone", async () => {
    await app.upload(buildWheel({ name: "acme-tools" }), authorization);
    const asked = upstream.count();
    await app.db.deleteFrom("projects").where("normalized_name", "=", "acme-tools").execute();
    app.hear({ kind: "everything" });
    await read();
    expect((await app.get("/simple/acme-tools/")).statusCode).toBe(404);
    expect(upstream.count()).toBe(asked);
  });
});

describe("when the upstream is in trouble", () => {
  test("what is known is shown as it was, with its age and a warning; what is not is 503, never 404", async () => {
    upstream.publish(buildWheel({ name: "edam" }));
    await app.get("/simple/edam/");
    await app.get("/pypi/edam/json");
    await upstream.down();
    app.passTime({ minutes: 11 });
    // The first reader gets the page while it is being refreshed, and does not wait.
    expect((await app.get("/simple/edam/")).headers["warning"]).toBeUndefined();
    await expect
      .poll(async () => (await app.db.selectFrom("upstream_projects").select("failure").execute())[0]?.failure)
      .toBeTruthy();
    app.passTime({ seconds: 2 });
    for (const url of ["/simple/edam/", "/pypi/edam/json"]) {
      const { statusCode, headers } = await app.get(url);
      expect([url, statusCode, headers["warning"], headers["age"]]).toEqual([
        url,
        200,
        '110 - "Response is Stale"',
        "662",
      ]);
    }
    for (const url of ["/simple/gouda/", "/pypi/gouda/json", "/project/gouda/", "/simple/GOUDA/"]) {
      const { statusCode, headers } = await app.get(url);
      expect([url, statusCode, Number(headers["retry-after"]) > 0]).toEqual([url, 503, true]);
    }
  });

  test("a page comes fresh again when the upstream does", async () => {
    upstream.publish(buildWheel({ name: "edam" }));
    await app.get("/simple/edam/");
    upstream.publish(buildWheel({ name: "edam", version: "2.0" }));
    expect(await filenames("edam")).toHaveLength(1);
    app.passTime({ minutes: 11 });
    await filenames("edam");
    const later = () => {
      app.passTime({ seconds: 2 });
      return filenames("edam");
    };
    await expect.poll(later).toHaveLength(2);
  });
});
