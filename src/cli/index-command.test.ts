import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { runProgram } from "./program.ts";

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

async function run(...words: string[]) {
  let printed = "";
  let complained = "";
  const code = await runProgram([...words, "--database-url", database.url], {
    print: (text) => {
      printed += text;
    },
    complain: (text) => {
      complained += text;
    },
    isInteractive: false,
    readStdin: async () => "",
    env: { CHEESESHOP_SECRET_KEY: "ab".repeat(32) },
    cwd: "/nowhere",
  });
  return { code, printed, complained };
}

const create = (name: string, kind: string, ...more: string[]) => run("index", "create", name, "--kind", kind, ...more);

test("indexes of every kind are made and listed, an upstream without its password", async () => {
  expect(await create("team", "hosted", "--private")).toEqual({
    code: 0,
    printed: "Made the index team. It answers at /i/team/simple/.\n",
    complained: "",
  });
  expect((await create("up", "mirror", "--upstream", "https://ada:secret@mirror.example/simple")).code).toBe(0);
  expect((await create("all", "union", "--member", "team", "--member", "up")).code).toBe(0);
  expect((await create("own", "union", "--member", "own", "--member", "all")).code).toBe(0);
  expect((await run("index", "list")).printed).toBe(
    [
      "NAME  KIND    READING  CONSISTS OF",
      // A union is as private as its most private part.
      "all   union   private  team, up",
      "main  hosted  public",
      "own   union   private  own, team, up",
      "team  hosted  private",
      "up    mirror  public   https://mirror.example/simple/",
      "",
    ].join("\n"),
  );
});

describe("an index that makes no sense is refused, and nothing is made", () => {
  beforeEach(async () => {
    await database.pool.query("delete from index_members");
    await database.pool.query("delete from indexes where name <> 'main'");
  });
  test.each([
    [1, "'Team' is no name of an index", create.bind(null, "Team", "hosted")],
    [1, "There is an index named main already", create.bind(null, "main", "hosted")],
    [1, "A union needs members", create.bind(null, "all", "union")],
    [1, "There is no index named ghost on this server", create.bind(null, "all", "union", "--member", "ghost")],
    [1, "A member is named twice", create.bind(null, "all", "union", "--member", "main", "--member", "main")],
    [1, "Only a union has members", create.bind(null, "team", "hosted", "--member", "main")],
    [2, '--kind: "heap" is not one of hosted, mirror, union', create.bind(null, "team", "heap")],
    [2, "--upstream: a mirror needs one", create.bind(null, "up", "mirror")],
    [2, "--upstream: only a mirror has one", create.bind(null, "up", "hosted", "--upstream", "https://a.example/")],
    [
      2,
      "--upstream: what was given is neither an address",
      create.bind(null, "up", "mirror", "--upstream", "ftp://a:secret@b/"),
    ],
    [
      2,
      "--keep-development: what was given is not a number",
      create.bind(null, "team", "hosted", "--keep-development", "0"),
    ],
  ])("exit %i, %s", async (code, message, attempt) => {
    const refused = await attempt();
    expect([refused.code, refused.printed]).toEqual([code, ""]);
    expect(refused.complained).toContain(message);
    expect(refused.complained).not.toContain("secret");
    const { rows } = await database.pool.query("select name from indexes");
    expect(rows).toEqual([{ name: "main" }]);
  });

  test("a union never contains itself through others", async () => {
    await create("inner", "union", "--member", "main");
    await create("outer", "union", "--member", "inner");
    const { createDb } = await import("../platform/db/pool.ts");
    const { getIndex, setMembers } = await import("../indexes/index.ts");
    const db = createDb(database.pool);
    await expect(setMembers(db, await getIndex(db, "inner"), ["main", "outer"])).rejects.toThrow(
      "inner would contain itself: it is a part of outer.",
    );
  });
});

test("names are claimed, listed and given back, in any spelling", async () => {
  expect((await run("index", "claim", "Acme_*", "--reason", "our tools")).printed).toBe(
    "main keeps every name that begins with acme-.\n",
  );
  expect((await run("index", "claim", "Brie")).printed).toBe("main keeps the name brie.\n");
  const listed = (await run("index", "claims")).printed;
  expect(listed).toMatch(/^PATTERN {2}SINCE {7}REASON\nacme-\* {3}\d{4}-\d\d-\d\d {2}our tools\nbrie {5}\S+\n$/);
  expect((await run("index", "unclaim", "ACME.*")).code).toBe(0);
  const again = await run("index", "unclaim", "acme-*");
  expect([again.code, again.complained]).toEqual([1, "main has no claim acme-*; index claims lists them\n"]);
  expect((await run("index", "claim", "*")).complained).toContain("'*' claims no names");
  expect((await run("index", "claim", "brie", "--index", "ghost")).complained).toContain(
    "There is no index named ghost",
  );
});

test("a mirror claims nothing", async () => {
  await create("up2", "mirror", "--upstream", "https://mirror.example/simple");
  const refused = await run("index", "claim", "acme-*", "--index", "up2");
  expect([refused.code, refused.complained]).toEqual([
    1,
    "up2 takes no uploads itself: claim the names for the index that does\n",
  ]);
});

test("projects are exempt from min-age for a reason, until the exemption ends", async () => {
  expect((await run("index", "exempt", "Brie", "--reason", "urgent fix")).printed).toBe(
    "brie is exempt from min-age in main.\n",
  );
  expect((await run("index", "exempt", "--list")).printed).toMatch(
    /^PROJECT {2}SINCE {7}REASON\nbrie {5}\S+ {2}urgent fix\n$/,
  );
  expect((await run("index", "exempt", "brie", "--remove")).code).toBe(0);
  expect((await run("index", "exempt", "brie", "--remove")).complained).toContain("brie is not exempt in main");
  for (const words of [["brie"], ["brie", "--reason", " "], ["--remove"], ["--list", "brie"], []]) {
    const refused = await run("index", "exempt", ...words);
    expect([words, refused.code, refused.complained.includes("Example: index exempt brie")]).toEqual([words, 2, true]);
  }
  expect((await run("index", "exempt", "b rie", "--reason", "x")).code).toBe(1);
});

test("running servers are told of all this", async () => {
  const client = await database.pool.connect();
  const heard: string[] = [];
  client.on("notification", ({ payload }) => heard.push(payload ?? ""));
  await client.query("listen cheeseshop");
  for (const words of [
    ["claim", "gouda"],
    ["unclaim", "gouda"],
    ["exempt", "gouda", "--reason", "x"],
    ["create", "news", "--kind", "hosted"],
  ]) {
    heard.length = 0;
    await run("index", ...words);
    await client.query("select 1");
    expect([words, heard]).toEqual([words, ['{"change":{"kind":"everything"}}']]);
  }
  client.release(true);
});
