import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { recordingLog } from "../../test/support/log.ts";
import { createIndex, getIndex, setMembers, setVisibility } from "../indexes/index.ts";
import { loadConfiguration } from "../platform/config/load.ts";
import { prepareCatalogue } from "./prepare-catalogue.ts";
import { CommandFailed } from "./terminal.ts";

let database: TemporaryDatabase;
let data: string;
beforeAll(async () => {
  database = await temporaryDatabase();
  data = await mkdtemp(join(tmpdir(), "cheeseshop-front-"));
});
afterAll(async () => {
  await database.drop();
  await rm(data, { recursive: true });
});

/** What a start with these flags does to the catalogue, and what it logs. */
async function start(...flags: readonly (readonly [string, string])[]) {
  const { log, lines } = recordingLog();
  const given = new Map([
    ["database-url", [database.url]],
    ["data", [data]],
    ...flags.map(([name, text]) => [name, [text]] as const),
  ]);
  const env = { CHEESESHOP_SECRET_KEY: "ab".repeat(32) };
  const loaded = loadConfiguration({ flags: given, unknown: [], env, cwd: data }, "other");
  const { upstreams } = await prepareCatalogue(database.url, loaded, log);
  const { kind, sources, id, isPrivate } = await getIndex(database.db, "main");
  const names = sources.map((source) => source.name);
  return { upstreams, kind, names, id, isPrivate, said: lines.map(({ message }) => message) };
}

const A = "http://ada:secret@a.example/simple/";
const known = async () => (await sql`select from upstream_projects`.execute(database.db)).rows.length;

test("main is put in front of an upstream, stays there, and is taken back, with its id", async () => {
  const alone = await start();
  expect(alone).toMatchObject({ upstreams: [], kind: "hosted", names: ["main"] });

  const first = await start(["upstream", A]);
  expect(first).toMatchObject({
    upstreams: ["http://a.example/simple/"],
    kind: "union",
    names: ["main", "upstream"],
    id: alone.id,
    said: ["the index main stands in front of http://a.example/simple/ from now on"],
  });
  // The same again, and no flag at all, change nothing and say nothing.
  for (const flags of [[["upstream", A] as const], []]) {
    expect(await start(...flags)).toMatchObject({ upstreams: first.upstreams, names: first.names, said: [] });
  }

  expect(await start(["upstream", "off"])).toMatchObject({
    upstreams: [],
    kind: "hosted",
    names: ["main"],
    id: alone.id,
  });
  expect(await start(["upstream", "off"])).toMatchObject({ said: [] });
  expect(await start(["upstream", A])).toMatchObject({ kind: "union", names: ["main", "upstream"] });
});

test("what was known of another upstream is forgotten; another password is no other upstream", async () => {
  await start(["upstream", A]);
  const mirror = await getIndex(database.db, "upstream");
  await sql`insert into upstream_projects (index_id, normalized_name, state, display_name, first_seen_at, checked_at, fresh_until)
    values (${mirror.id}, 'brie', 'found', 'brie', now(), now(), now())`.execute(database.db);
  expect((await start(["upstream", "http://bob:other@a.example/simple/"])).said).toEqual([]);
  expect(await known()).toBe(1);
  const changed = await start(["upstream", "http://b.example/simple/"]);
  expect(changed.said).toEqual([
    "the index main stands in front of http://b.example/simple/ from now on, and what was known of the upstream before is forgotten",
  ]);
  expect([changed.upstreams, await known()]).toEqual([["http://b.example/simple/"], 0]);
});

test("other members of main stay where they are", async () => {
  await createIndex(database.db, {
    name: "team",
    kind: "hosted",
    isPrivate: false,
    isVolatile: false,
    keepDevelopmentReleases: null,
    members: [],
  });
  await start(["upstream", A]);
  await setMembers(database.db, await getIndex(database.db, "main"), ["team", "main", "upstream"]);
  expect((await start(["upstream", A])).names).toEqual(["team", "main", "upstream"]);
  expect(await start(["upstream", "off"])).toMatchObject({ kind: "union", names: ["team", "main"] });
  expect((await start(["upstream", A])).names).toEqual(["team", "main", "upstream"]);
});

test("what people of a private index install is as private as the index", async () => {
  const mirrorIsPrivate = async () => (await getIndex(database.db, "upstream")).isPrivate;
  expect(await start(["upstream", A], ["private", "on"])).toMatchObject({ isPrivate: true });
  expect(await mirrorIsPrivate()).toBe(true);
  // Forgetting the flag opens nothing.
  expect(await start(["upstream", A])).toMatchObject({ isPrivate: true });
  expect(await start(["private", "off"])).toMatchObject({ isPrivate: false });
  expect(await mirrorIsPrivate()).toBe(false);
  await setVisibility(database.db, "upstream", true);
  expect(await start()).toMatchObject({ isPrivate: false });
});

test("an index of another kind with the mirror's name is left alone", async () => {
  await start(["upstream", "off"]);
  await sql`delete from indexes where name = 'upstream'`.execute(database.db);
  await createIndex(database.db, {
    name: "upstream",
    kind: "hosted",
    isPrivate: false,
    isVolatile: false,
    keepDevelopmentReleases: null,
    members: [],
  });
  await expect(start(["upstream", A])).rejects.toThrow(CommandFailed);
  expect((await getIndex(database.db, "main")).sources).not.toContainEqual(
    expect.objectContaining({ name: "upstream" }),
  );
});
