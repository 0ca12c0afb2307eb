import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runOn } from "../../test/support/command.ts";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { fakeBytesRegister, getIndex, makeIndex, makePublication, makeUser } from "../../test/support/factories.ts";
import { createPublish, type Uploader } from "../projects/index.ts";

let database: TemporaryDatabase;
let ada: Uploader;
beforeAll(async () => {
  database = await temporaryDatabase();
  ada = await makeUser(database.db, "ada");
});
afterAll(() => database.drop());

const run = (...words: string[]) => runOn(database.url, words);
const typing =
  (text: string) =>
  (...words: string[]) =>
    runOn(database.url, words, async () => text);

async function publish(index: string, ...list: readonly NonNullable<Parameters<typeof makePublication>[2]>[]) {
  const service = createPublish({
    announce: async () => {},
    db: database.db,
    clock: { now: () => Temporal.Instant.from("2026-05-04T10:00:00Z") },
    rules: { nameSimilarity: false, uploadWindowDays: undefined },
    help: (anchor) => anchor,
    newId: randomUUID,
    bytes: fakeBytesRegister,
  });
  const target = await getIndex(database.db, index);
  for (const options of list) await service.publish(makePublication(target, ada, options));
}

/** The journal's words for what happened to a project, without its first upload. */
async function journal(project: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query(
    "select action from journal where normalized_name = $1 order by serial offset 4",
    [project],
  );
  return rows.map((row) => row.action);
}

let brie = "";
let nth = 0;
beforeEach(async () => {
  brie = `Brie.${++nth}`;
  await publish(
    "main",
    { name: brie, version: "1.0" },
    { name: brie, version: "1.0", packagetype: "sdist" },
    { name: brie, version: "1.1" },
  );
});
const normalized = () => brie.toLowerCase().replace(".", "-");
/** What the journal holds of the uploads after the first one. */
const UPLOADS = ["add source file", "new release", "add py3 file"];
const acts = async () => (await journal(normalized())).filter((one) => !UPLOADS.some((word) => one.startsWith(word)));

test("a project is archived, for another reason, and taken up again; what is so already is said and is no failure", async () => {
  const steps: readonly [words: readonly string[], says: string][] = [
    [["archive", normalized(), "--reason", " see\n camembert "], `${brie} is archived (see camembert).\n`],
    [["archive", brie], `${brie} is archived already (see camembert).\n`],
    [["archive", brie, "--reason", ""], `${brie} is archived.\n`],
    [["unquarantine", brie], `${brie} is not quarantined; it is archived.\n`],
    [["unarchive", brie], `${brie} is active again.\n`],
    [["unarchive", brie], `${brie} is not archived; it is active.\n`],
    [["deprecate", brie, "--reason", "mouldy"], `${brie} is deprecated (mouldy).\n`],
    [["undeprecate", brie], `${brie} is active again.\n`],
    [["archive", brie], `${brie} is archived.\n`],
    [
      ["quarantine", brie, "--reason", "worms"],
      `${brie} is quarantined (worms).\nIt was archived. When the quarantine ends it takes uploads, until it is archived again.\n`,
    ],
    [["release", brie], `${brie} is active again.\n`],
  ];
  for (const [words, says] of steps) {
    expect([words, await run("project", ...words)]).toEqual([words, { code: 0, printed: says, complained: "" }]);
  }
  expect(await acts()).toEqual([
    "project archived",
    "project archived",
    "project made active",
    "project deprecated",
    "project made active",
    "project archived",
    "project quarantined",
    "project quarantine cleared",
  ]);
});

test("a graver mark is not hidden by a lesser one", async () => {
  await run("project", "quarantine", brie);
  expect(await run("project", "archive", brie)).toEqual({
    code: 1,
    printed: "",
    complained: `Project ${brie} is quarantined. That has to end before it can be archived.\n`,
  });
  expect(await acts()).toEqual(["project quarantined"]);
});

test("a release is yanked and taken back, in any spelling of its version", async () => {
  const steps: readonly [words: readonly string[], says: string][] = [
    [["yank", brie, "1.0.0", "--reason", "too <b>salty</b>"], `${brie} 1.0 is yanked (too <b>salty</b>).\n`],
    [["yank", brie, "1.0"], `${brie} 1.0 is yanked already (too <b>salty</b>).\n`],
    [["yank", brie, "1.0", "--reason", "bitter"], `${brie} 1.0 is yanked (bitter).\n`],
    [["unyank", brie, "v1"], `${brie} 1.0 is yanked no more.\n`],
    [["unyank", brie, "1.0"], `${brie} 1.0 is not yanked.\n`],
    [["yank", brie, "1.0"], `${brie} 1.0 is yanked.\n`],
    [["quarantine", brie, "1.1"], `${brie} 1.1 is quarantined.\n`],
    [["quarantine", brie, "1.1"], `${brie} 1.1 is quarantined already.\n`],
    [["unquarantine", brie, "1.1"], `${brie} 1.1 is quarantined no more.\n`],
    [["unquarantine", brie, "1.1"], `${brie} 1.1 is not quarantined.\n`],
  ];
  for (const [words, says] of steps) {
    expect([words, await run("release", ...words)]).toEqual([words, { code: 0, printed: says, complained: "" }]);
  }
  expect(await acts()).toEqual([
    "yank release",
    "yank release",
    "unyank release",
    "yank release",
    "release quarantined",
    "release quarantine cleared",
  ]);
});

test("a file, a release, then the project are deleted, and then are not there", async () => {
  const sdist = `${normalized().replace("-", "_")}-1.0.tar.gz`;
  const file = ["file", "delete", brie, sdist, "--yes"];
  const release = ["release", "delete", brie, "1.0", "--yes"];
  const project = ["project", "delete", brie, "--yes"];
  expect(await run(...file)).toEqual({ code: 0, printed: `Deleted ${sdist}.\n`, complained: "" });
  expect((await run(...file)).complained).toContain(`${brie} has no file ${sdist}`);
  expect((await run(...release)).printed).toBe(`Deleted ${brie} 1.0, with 1 file.\n`);
  expect((await run(...release)).complained).toContain(`${brie} has no release 1.0`);
  expect((await run(...project)).printed).toBe(
    `Deleted ${brie}, with 1 release and 1 file. No upstream is asked for it.\n`,
  );
  expect((await run(...project)).complained).toContain(`There is no project ${brie} in the index main`);
  expect(await acts()).toEqual([`remove file ${sdist}`, "remove release", "remove project"]);
});

test.each([
  ["project", "delete"],
  ["release", "delete", "1.0"],
  ["file", "delete", "brie.whl"],
])("%s %s asks first, and does nothing where nobody can be asked", async (group, verb, ...what) => {
  const wheel = `${normalized().replace("-", "_")}-1.0-py3-none-any.whl`;
  const words = [group, verb, brie, ...what.map((one) => (one === "brie.whl" ? wheel : one))];
  const refused = await run(...words);
  expect([refused.code, refused.printed]).toEqual([2, ""]);
  expect(refused.complained).toContain(`${group} delete: cannot be undone, and nobody is at the terminal`);

  const stopped = await typing("no")(...words);
  expect([stopped.code, stopped.printed]).toEqual([1, ""]);
  expect(stopped.complained).toMatch(/^This deletes .* This cannot be undone\.\n.* Nothing was deleted\n$/s);
  expect(await acts()).toEqual([]);

  expect((await typing(group === "release" ? "1.0 " : brie)(...words)).printed).toMatch(/^Deleted /);
  expect(await acts()).toHaveLength(1);
});

test.each([
  [1, "There is no project goudda in the index main; did you mean gouda?", ["project", "archive", "goudda"]],
  [1, "There is no project zzz in the index main that was uploaded there", ["project", "archive", "zzz"]],
  [1, "There is no index named ghost", ["project", "archive", "gouda", "--index", "ghost"]],
  [1, "all only shows what others hold: say --index main", ["project", "archive", "gouda", "--index", "all"]],
  [1, "up is a mirror", ["release", "yank", "gouda", "1.0", "--index", "up"]],
  [1, "'go uda'", ["project", "archive", "go uda"]],
  [1, "Gouda has no release 7; it has 2.0.1, 1.0", ["release", "yank", "gouda", "7"]],
  [1, "Gouda has no release 2.0; it has 2.0.1, …", ["release", "yank", "gouda", "2.0"]],
  [
    1,
    "Gouda has no file gouda-1.0-py3-none-any.wheel; did you mean gouda-1.0-py3-none-any.whl?",
    ["file", "delete", "gouda", "gouda-1.0-py3-none-any.wheel", "--yes"],
  ],
  [2, "--reason: has 501 characters", ["release", "yank", "gouda", "1.0", "--reason", "x".repeat(501)]],
])("exit %i, %s", async (code, message, words) => {
  await publish("main", { name: "Gouda", version: "1.0" }, { name: "Gouda", version: "2.0.1" });
  await run("index", "create", "all", "--kind", "union", "--member", "main");
  await run("index", "create", "up", "--kind", "mirror", "--upstream", "https://mirror.example/simple");
  const refused = await run(...words);
  expect([refused.code, refused.printed]).toEqual([code, ""]);
  expect(refused.complained).toContain(message);
});

test("an index of one's choice is meant, and no other", async () => {
  await makeIndex(database.db, "team");
  await publish("team", { name: brie });
  await run("project", "archive", brie, "--index", "team");
  const { rows } = await database.pool.query(
    "select i.name, p.status from projects p join indexes i on i.id = p.index_id where p.name = $1 order by 1",
    [brie],
  );
  expect(rows).toEqual([
    { name: "main", status: "active" },
    { name: "team", status: "archived" },
  ]);
});

test("running servers are told, and nginx's pages are gone where none runs", async () => {
  const client = await database.pool.connect();
  const heard: string[] = [];
  client.on("notification", ({ payload }) => heard.push(payload ?? ""));
  await client.query("listen cheeseshop");
  const data = await mkdtemp(join(tmpdir(), "cheeseshop-command-"));
  const { id } = await getIndex(database.db);
  for (const words of [
    ["project", "archive", brie],
    ["release", "yank", brie, "1.0"],
    ["release", "delete", brie, "1.1", "--yes"],
    ["project", "delete", brie, "--yes"],
  ]) {
    heard.length = 0;
    for (const name of [normalized(), "feta"]) await mkdir(join(data, "nginx/pages", name), { recursive: true });
    expect((await run(...words, "--data", data)).code).toBe(0);
    await client.query("select 1");
    expect(heard.map((one) => JSON.parse(one))).toEqual([
      { change: { kind: "project", index: id, project: normalized() } },
    ]);
    expect([words, await readdir(join(data, "nginx/pages"))]).toEqual([words, ["feta"]]);
    expect(await readdir(join(data, "nginx"))).toEqual(["pages"]);
  }
  client.release(true);
  // The call that deleted it may have been killed before it came to this.
  await mkdir(join(data, "nginx/pages", normalized()));
  expect((await run("project", "delete", brie, "--yes", "--data", data)).code).toBe(1);
  expect(await readdir(join(data, "nginx/pages"))).toEqual(["feta"]);
  await rm(data, { recursive: true });
});

test("a command never makes a new, empty catalogue to look for a project in", async () => {
  const { runProgram } = await import("./program.ts");
  let complained = "";
  const code = await runProgram(["project", "archive", "brie"], {
    print: () => {},
    complain: (text) => {
      complained += text;
    },
    readStdin: async () => "",
    env: {},
    cwd: "/nowhere",
  });
  expect([code, complained]).toEqual([
    1,
    "There is no Cheeseshop in /nowhere/data: say where it is with --data, or --database-url\n",
  ]);
});
