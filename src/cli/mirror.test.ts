import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { buildSdist, buildWheel } from "../../test/support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../../test/support/fake-upstream.ts";
import { runProgram } from "./program.ts";

let database: TemporaryDatabase;
let upstream: FakeUpstream;
let folder: string;
beforeAll(async () => {
  [database, upstream] = await Promise.all([temporaryDatabase(), startFakeUpstream()]);
  folder = await mkdtemp(join(tmpdir(), "cheeseshop-warm-"));
  expect((await run("index", "create", "up", "--kind", "mirror", "--upstream", upstream.url)).code).toBe(0);
  expect((await run("index", "create", "all", "--kind", "union", "--member", "main", "--member", "up")).code).toBe(0);
});
afterAll(async () => {
  await Promise.all([database.drop(), upstream.close(), rm(folder, { recursive: true })]);
});

async function run(...words: string[]) {
  let printed = "";
  let complained = "";
  const code = await runProgram([...words, "--database-url", database.url, "--files", join(folder, "files")], {
    print: (text) => {
      printed += text;
    },
    complain: (text) => {
      complained += text;
    },
    isInteractive: false,
    readStdin: async () => "",
    env: { CHEESESHOP_SECRET_KEY: "ab".repeat(32) },
    cwd: folder,
  });
  return { code, printed, complained };
}

const warm = (...words: string[]) => run("mirror", "warm", "--index", "all", ...words);

const pure = buildWheel({ name: "brie", version: "1.1" });
const linux = buildWheel({ name: "brie", version: "1.1", tag: "cp312-cp312-manylinux_2_28_x86_64" });
const windows = buildWheel({ name: "brie", version: "1.1", tag: "cp312-cp312-win_amd64" });
const older = buildSdist({ name: "brie", version: "1.0" });
const yanked = buildSdist({ name: "brie", version: "1.2" });
const gouda = buildSdist({ name: "gouda", version: "3.0" });

test("what is wanted is fetched once; what failed is told, and fetched the next time", async () => {
  for (const distribution of [pure, linux, windows, older, gouda]) upstream.publish(distribution);
  upstream.publish(yanked, { yanked: "bad" });
  await writeFile(join(folder, "requirements.txt"), "brie>=1\ngouda\nroquefort\nacme-secret\n");
  await run("index", "claim", "acme-*", "--index", "main");
  upstream.misbehave({ kind: "status", status: 503 }, upstream.pathOf(gouda));

  const first = await warm("--requirements", "requirements.txt", "--only", "*manylinux*");
  expect(first.code).toBe(1);
  expect(first.printed).toMatch(/^Fetched 2 files \(.*\), 0 were here already, 1 failed; run it again/);
  expect(
    first.complained
      .split("\n")
      .filter((line) => line.startsWith("passed over"))
      .sort(),
  ).toEqual([
    "passed over  acme-secret: the index has no such project",
    "passed over  roquefort: the index has no such project",
  ]);
  expect(first.complained).toContain("FAILED  gouda-3.0.tar.gz: ");
  expect([pure, linux, windows, older, yanked].map((one) => upstream.count(upstream.pathOf(one)))).toEqual([
    1, 1, 0, 0, 0,
  ]);
  expect(upstream.count("/simple/acme-secret/")).toBe(0);

  upstream.heal();
  const second = await warm("--requirements", "requirements.txt", "--only", "*manylinux*");
  expect([second.code, second.printed.replace(/\(.*?\)/, "()")]).toEqual([
    0,
    "Fetched 1 file (), 2 were here already.\n",
  ]);
  expect(upstream.count(upstream.pathOf(pure))).toBe(1);
});

test("a lock names its files itself, old and yanked ones too", async () => {
  await writeFile(
    join(folder, "uv.lock"),
    `[[package]]\nname = "brie"\nsdist = { url = "https://elsewhere.example/${older.filename}" }\n`,
  );
  expect((await warm("--lock", "uv.lock")).code).toBe(0);
  expect(upstream.count(upstream.pathOf(older))).toBe(1);
});

test.each([
  [2, "needs either --requirements FILE or --lock FILE", []],
  [2, "needs either --requirements FILE or --lock FILE", ["--lock", "a", "--requirements", "b"]],
  [1, "gone.txt cannot be used: ENOENT", ["--requirements", "gone.txt"]],
  [1, "requirements.txt cannot be used: It is no TOML", ["--lock", "requirements.txt"]],
  [1, "There is no index named ghost", ["--lock", "uv.lock", "--index", "ghost"]],
])("exit %i, %s", async (code, message, words) => {
  const refused = await warm(...words);
  expect([refused.code, refused.printed]).toEqual([code, ""]);
  expect(refused.complained).toContain(message);
});
