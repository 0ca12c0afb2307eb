// The rule min-age: files of an upstream are hidden until they are old enough, everywhere alike.
import { afterEach, beforeEach, expect, test } from "vitest";
import { exempt, getIndex } from "../../src/indexes/index.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../support/fake-upstream.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
/** Days before the test's clock, which begins at 2026-05-04T10:00Z. */
const daysAgo = (days: number) =>
  Temporal.Instant.from("2026-05-04T10:00:00.123456Z")
    .subtract({ hours: 24 * days })
    .toString({ fractionalSecondDigits: 6 });

let upstream: FakeUpstream;
let app: TestApp;
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await app.close();
  await upstream.down();
});

async function start(clock: "published" | "first-seen" = "published"): Promise<void> {
  app = await createTestApp({ upstream: upstream.url, rules: { "min-age": "3d", "min-age-clock": clock } });
}

const versionsOf = async (name: string) =>
  (await app.get(`/simple/${name}/`, { accept: JSON_TYPE })).json().versions as string[];

/** Lets a change of the upstream be seen: its pages are asked for again after ten minutes. */
async function refresh(name: string): Promise<void> {
  app.passTime({ minutes: 11 });
  const before = upstream.count(`/simple/${name}/`);
  await app.get(`/simple/${name}/`);
  await expect.poll(() => upstream.count(`/simple/${name}/`)).toBeGreaterThan(before);
  const isFresh = async () => {
    app.passTime({ seconds: 2 });
    const { rows } = await app.database.pool.query(
      "select fresh_until::text from upstream_projects where normalized_name = $1",
      [name],
    );
    return Temporal.Instant.compare(Temporal.Instant.from(rows[0].fresh_until), app.clock.now()) > 0;
  };
  await expect.poll(isFresh).toBe(true);
}

test("a young file is on no page, its release neither recommended nor found, until it is old enough to the moment", async () => {
  upstream.publish(buildWheel({ name: "edam", version: "1.0" }), { uploadedAt: daysAgo(30) });
  upstream.publish(buildWheel({ name: "edam", version: "2.0" }), { uploadedAt: daysAgo(2) });
  await start();
  expect(await versionsOf("edam")).toEqual(["1.0"]);
  expect((await app.get("/simple/edam/")).body).not.toContain("2.0");
  const api = (await app.get("/pypi/edam/json")).json();
  expect([api.info.version, Object.keys(api.releases)]).toEqual(["1.0", ["1.0"]]);
  expect((await app.get("/pypi/edam/2.0/json")).statusCode).toBe(404);
  expect((await app.get("/project/edam/")).body).not.toContain("2.0");

  app.passTime({ hours: 23, minutes: 59, seconds: 59 });
  expect(await versionsOf("edam")).toEqual(["1.0"]);
  app.passTime({ seconds: 1 });
  expect(await versionsOf("edam")).toEqual(["1.0", "2.0"]);
  expect((await app.get("/pypi/edam/json")).json().info.version).toBe("2.0");
});

test("a project of which everything is young is there, with nothing in it", async () => {
  upstream.publish(buildWheel({ name: "edam" }), { uploadedAt: daysAgo(0) });
  await start();
  expect(await versionsOf("edam")).toEqual([]);
});

test("a release that got another file stays, without that file", async () => {
  upstream.publish(buildWheel({ name: "edam" }), { uploadedAt: daysAgo(30) });
  upstream.publish(buildSdist({ name: "edam" }), { uploadedAt: daysAgo(1) });
  await start();
  const { files, versions } = (await app.get("/simple/edam/", { accept: JSON_TYPE })).json();
  expect([files.length, files[0].filename, versions]).toEqual([1, "edam-1.0-py3-none-any.whl", ["1.0"]]);
});

test("what is uploaded here is of any age", async () => {
  await start();
  const { authorization } = await app.makeUploader();
  await app.upload(buildWheel({ name: "brie" }), authorization);
  expect(await versionsOf("brie")).toEqual(["1.0"]);
});

test.each(["published", "first-seen"] as const)(
  "where the upstream gives no times, what was there at first sight is old, and what comes later is not (clock: %s)",
  async (clock) => {
    upstream.form.page = "html";
    upstream.publish(buildWheel({ name: "edam", version: "1.0" }));
    await start(clock);
    expect(await versionsOf("edam")).toEqual(["1.0"]);
    upstream.publish(buildWheel({ name: "edam", version: "2.0" }));
    await refresh("edam");
    expect(await versionsOf("edam")).toEqual(["1.0"]);
    app.passTime({ hours: 72 });
    expect(await versionsOf("edam")).toEqual(["1.0", "2.0"]);
  },
);

test("by our own sight alone, an upstream that says old of what is new is not believed", async () => {
  upstream.publish(buildWheel({ name: "edam", version: "1.0" }), { uploadedAt: daysAgo(0) });
  await start("first-seen");
  // Young by the upstream's clock, but there when we first looked.
  expect(await versionsOf("edam")).toEqual(["1.0"]);
  upstream.publish(buildWheel({ name: "edam", version: "2.0" }), { uploadedAt: daysAgo(400) });
  await refresh("edam");
  expect(await versionsOf("edam")).toEqual(["1.0"]);
});

test("an exempt project is shown whole, in the index that exempts it", async () => {
  upstream.publish(buildWheel({ name: "edam" }), { uploadedAt: daysAgo(0) });
  await start();
  expect(await versionsOf("edam")).toEqual([]);
  await exempt(app.db, (await getIndex(app.db, "main")).id, "edam", "urgent");
  app.hear({ kind: "everything" });
  expect(await versionsOf("edam")).toEqual(["1.0"]);
  const direct = await app.get("/i/upstream/simple/edam/", { accept: JSON_TYPE });
  expect(direct.json().versions).toEqual([]);
});
