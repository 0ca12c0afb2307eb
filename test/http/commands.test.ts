// What commands change, as clients of a running server see it: the database tells the server, and nothing else does.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Notifications, openNotifications } from "../../src/cli/notifications.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { runOn } from "../support/command.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { quietLog } from "../support/log.ts";

let app: TestApp;
let authorization: string;
let notifications: Notifications;
/** Goes off at the next change that the database tells of, when the program has heard it. */
let told = Promise.withResolvers<void>();
beforeAll(async () => {
  app = await createTestApp();
  authorization = (await app.makeUploader("ada")).authorization;
  const listening = Promise.withResolvers<void>();
  notifications = openNotifications({
    connection: app.database.connection,
    log: quietLog,
    onChange: (change) => {
      app.hear(change as Parameters<TestApp["hear"]>[0]);
      told.resolve();
    },
    onResumed: listening.resolve,
    later: () => () => {},
  });
  await listening.promise;
});
afterAll(async () => {
  await notifications.close();
  await app.close();
});

/** Runs a command that changes something, until the program has heard of it. */
async function change(...words: string[]): Promise<void> {
  told = Promise.withResolvers();
  const { code, complained } = await runOn(app.database.url, words);
  expect([words, code, complained]).toEqual([words, 0, ""]);
  await told.promise;
}

/** Uploads and lets the program forget what it heard of that. */
async function publish(...distributions: readonly ReturnType<typeof buildWheel>[]): Promise<void> {
  for (const one of distributions) {
    told = Promise.withResolvers();
    const response = await app.upload(one, authorization);
    expect(response.statusCode, response.body).toBe(200);
    await told.promise;
  }
}

/** Everything that a person or program reads about a project; read before a change too, so that pages are in memory. */
async function look(name: string) {
  const [html, simple, project, site, root] = await Promise.all([
    app.get(`/simple/${name}/`, { accept: "text/html" }),
    app.get(`/simple/${name}/`, { accept: "application/vnd.pypi.simple.v1+json" }),
    app.get(`/pypi/${name}/json`),
    app.get(`/project/${name}/`, { accept: "text/html" }),
    app.get("/simple/", { accept: "application/vnd.pypi.simple.v1+json" }),
  ]);
  return {
    statuses: [html, simple, project, site].map((response) => response.statusCode),
    html: html.body,
    simple: simple.statusCode === 200 ? simple.json() : undefined,
    files: simple.statusCode === 200 ? simple.json().files.map((file: { filename: string }) => file.filename) : [],
    json: project.statusCode === 200 ? project.json() : undefined,
    site: site.body,
    isListed: root.json().projects.some((one: { name: string }) => one.name === name),
  };
}

test("a yanked release is marked on every page, until it is taken back", async () => {
  await publish(buildWheel({ name: "feta", version: "1.0" }));
  const before = await look("feta");
  expect([before.simple.files[0].yanked, before.json.info.yanked]).toEqual([false, false]);

  await change("release", "yank", "feta", "1.0", "--reason", 'too "salty"');
  const yanked = await look("feta");
  expect(yanked.html).toContain('data-yanked="too &#34;salty&#34;"');
  expect(yanked.simple.files[0].yanked).toBe('too "salty"');
  expect(yanked.simple.meta["_last-serial"]).toBeGreaterThan(before.simple.meta["_last-serial"]);
  expect(yanked.json.info).toMatchObject({ yanked: true, yanked_reason: 'too "salty"' });
  expect(yanked.json.urls[0]).toMatchObject({ yanked: true, yanked_reason: 'too "salty"' });
  expect(yanked.site).toContain("This release has been yanked");
  expect((await app.get(yanked.simple.files[0].url)).statusCode).toBe(200);

  await change("release", "unyank", "feta", "1.0");
  const after = await look("feta");
  expect(after.html).not.toContain("data-yanked");
  expect([after.simple.files[0].yanked, after.json.info.yanked]).toEqual([false, false]);
  expect(after.site).not.toContain("yanked");
});

test("a deleted file is on no page, its address answers, and its name never gets other bytes", async () => {
  const wheel = buildWheel({ name: "gouda", version: "1.0" });
  const sdist = buildSdist({ name: "gouda", version: "1.0" });
  await publish(wheel, sdist);
  const before = await look("gouda");
  const { url } = before.simple.files.find((file: { filename: string }) => file.filename === wheel.filename);

  await change("file", "delete", "Gouda", wheel.filename, "--yes");
  const after = await look("gouda");
  expect([before.files, after.files]).toEqual([[wheel.filename, sdist.filename], [sdist.filename]]);
  for (const text of [after.html, after.site, JSON.stringify(after.json)]) expect(text).not.toContain(wheel.filename);
  expect((await app.get(url)).rawPayload.equals(wheel.bytes)).toBe(true);
  expect((await app.get(`${url}.metadata`)).body).toBe(wheel.metadata);

  for (const again of [wheel, buildWheel({ name: "gouda", version: "1.0", summary: "other bytes" })]) {
    const refused = await app.upload(again, authorization);
    expect(refused.statusCode).toBe(400);
    expect(refused.body).toContain("This filename was previously used by a file that has since been deleted.");
  }
  expect((await look("gouda")).files).toEqual([sdist.filename]);
});

test("a deleted release is gone, and a file of it cannot come back under its name", async () => {
  const old = buildWheel({ name: "edam", version: "1.0" });
  await publish(old, buildWheel({ name: "edam", version: "1.1" }));
  expect((await look("edam")).simple.versions).toEqual(["1.0", "1.1"]);
  expect((await app.get("/project/edam/1.0/", { accept: "text/html" })).statusCode).toBe(200);

  await change("release", "delete", "edam", "1.0", "--yes");
  const after = await look("edam");
  expect([after.simple.versions, after.files]).toEqual([["1.1"], ["edam-1.1-py3-none-any.whl"]]);
  expect(Object.keys(after.json.releases)).toEqual(["1.1"]);
  for (const gone of ["/pypi/edam/1.0/json", "/project/edam/1.0/"]) {
    expect([gone, (await app.get(gone, { accept: "text/html" })).statusCode]).toEqual([gone, 404]);
  }
  expect((await app.upload(old, authorization)).statusCode).toBe(400);
});

test("an archived project says so and refuses uploads, until it is taken up again", async () => {
  const next = buildWheel({ name: "old", version: "2.0" });
  await publish(buildWheel({ name: "old", version: "1.0" }));
  expect((await look("old")).simple["project-status"]).toEqual({ status: "active" });

  await change("project", "archive", "old", "--reason", "see new");
  const archived = await look("old");
  expect(archived.simple["project-status"]).toEqual({ status: "archived", reason: "see new" });
  expect(archived.html).toContain('<meta name="pypi:project-status" content="archived">');
  expect(archived.site).toContain("This project is archived");
  expect([archived.isListed, archived.files]).toEqual([true, ["old-1.0-py3-none-any.whl"]]);
  const refused = await app.upload(next, authorization);
  expect([refused.statusCode, refused.body.includes("The project is archived.")]).toEqual([403, true]);

  await change("project", "unarchive", "old");
  await publish(next);
  expect((await look("old")).simple).toMatchObject({
    versions: ["1.0", "2.0"],
    "project-status": { status: "active" },
  });
});

test("a deprecated project says so, and nothing else changes", async () => {
  await publish(buildWheel({ name: "mild" }));
  await look("mild");
  await change("project", "deprecate", "mild", "--reason", "use camembert");
  const { simple, site, files } = await look("mild");
  expect([simple["project-status"], files.length]).toEqual([{ status: "deprecated", reason: "use camembert" }, 1]);
  expect(site).toContain("use camembert");
});

test("nobody can install what is in quarantine, and everything is back when it ends", async () => {
  await publish(buildWheel({ name: "sick", version: "1.0" }), buildWheel({ name: "sick", version: "1.1" }));
  const before = await look("sick");

  await change("release", "quarantine", "sick", "1.1");
  const half = await look("sick");
  expect([half.files, half.isListed]).toEqual([["sick-1.0-py3-none-any.whl"], true]);
  await change("release", "unquarantine", "sick", "1.1");

  await change("project", "quarantine", "sick");
  const { files, html, isListed, simple, json } = await look("sick");
  expect([files, isListed, simple["project-status"], json]).toEqual([[], false, { status: "quarantined" }, undefined]);
  expect(html).not.toContain("<a ");
  for (const file of before.simple.files) expect((await app.get(file.url)).statusCode).toBe(200);

  await change("project", "unquarantine", "sick");
  const after = await look("sick");
  expect([after.files, after.isListed, after.statuses]).toEqual([before.files, true, [200, 200, 200, 200]]);
});

test("a deleted project is on no page; its name can be taken again, its file names cannot", async () => {
  const wheel = buildWheel({ name: "brie", version: "1.0" });
  await publish(wheel);
  const { simple, isListed } = await look("brie");
  expect(isListed).toBe(true);

  await change("project", "delete", "brie", "--yes");
  const gone = await look("brie");
  expect([gone.statuses, gone.isListed]).toEqual([[404, 404, 404, 404], false]);
  expect((await app.get(simple.files[0].url)).rawPayload.equals(wheel.bytes)).toBe(true);

  const { authorization: bob } = await app.makeUploader("bob");
  const reused = await app.upload(buildWheel({ name: "brie", version: "1.0", summary: "mine" }), bob);
  expect([reused.statusCode, reused.body.includes("previously used")]).toEqual([400, true]);
  expect((await app.upload(buildWheel({ name: "brie", version: "1.1" }), bob)).statusCode).toBe(200);
  expect((await look("brie")).files).toEqual(["brie-1.1-py3-none-any.whl"]);
});
