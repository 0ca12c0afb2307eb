import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildWheel } from "../../test/support/distributions.ts";
import { settingNames } from "../platform/config/settings.ts";
import { parseNotification } from "./notifications.ts";
import { runProgram } from "./program.ts";
import { rowsFor } from "./set.ts";
import { layOutRows } from "./table.ts";

async function run(...words: string[]) {
  let out = "";
  let complaints = "";
  const code = await runProgram(words, {
    print: (text) => {
      out += text;
    },
    complain: (text) => {
      complaints += text;
    },
    isInteractive: false,
    readStdin: async () => "",
    env: {},
    cwd: "/nowhere",
  });
  return { code, out, complaints };
}

describe("--help", () => {
  test.each([[["--help"]], [["serve", "--help"]]])(
    "%j fits a screen, with every flag, defaults and one example",
    async (words) => {
      const { code, out } = await run(...words);
      expect(code).toBe(0);
      const lines = out.trimEnd().split("\n");
      expect(lines.length).toBeGreaterThanOrEqual(24);
      expect(lines.length).toBeLessThanOrEqual(40);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(88);
      for (const name of settingNames) if (name !== "secret-key") expect(out).toContain(`--${name}`);
      expect(out).toContain("(8080)");
      expect(out.match(/Example:/g)).toHaveLength(1);
    },
  );

  test("a command has its own", async () => {
    expect((await run("token", "create", "--help")).out).toContain("--expires");
  });
});

test.each([
  [
    ["--prot", "80", "--hots", "x"],
    "2 settings are wrong:\n  --prot: is not a flag; did you mean --port?\n  --hots: is not a flag; did you mean --host?\n",
  ],
  [["--upstream", "x"], '--upstream: "x" is neither an address that begins with https:// or http://, nor pip or off'],
  [["--verbosity", "x"], "--verbosity: is not a flag. cheeseshop --help lists them all"],
  [["confg"], "There is no command confg; did you mean config?"],
  [["serve", "brie"], "brie: was not expected here"],
  [["--port"], "--port: needs a value. Example: --port 8080"],
  [["token", "create"], "required option '--user <name>'"],
  [["token", "create", "--user", "x", "--expires", "soon"], '--expires: "soon" is not a length of time'],
  [["user", "create", "x", "--email", "a@b.c", "--password-stdin"], "--password-stdin: needs one line"],
  [["set", "port", "80"], "belongs to one machine"],
  [["set", "min-free", "lots"], 'min-free (cheeseshop set): "lots" is not a size'],
  [["set", "rule", "file-limt=1"], '"file-limt" is not a rule; did you mean file-limit?'],
])("%j ends with 2 and says what to do", async (words, message) => {
  const { code, out, complaints } = await run(...words);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(complaints).toContain(message);
});

test("a setting without a value is to be forgotten, also one that no release knows any more", () => {
  expect([...rowsFor("old-setting", [])]).toEqual([["old-setting", []]]);
  expect([...rowsFor("rule", ["file-limit=1GB", "min-age"])]).toEqual([
    ["rule.file-limit", ["1GB"]],
    ["rule.min-age", []],
  ]);
});

test("columns line up, and lines end with their last word", () => {
  expect(
    layOutRows([
      ["A", "LONG", ""],
      ["longer", "b", ""],
    ]),
  ).toBe("A       LONG\nlonger  b\n");
});

test.each([
  ["", undefined],
  ["nonsense", undefined],
  ["[]", undefined],
  ['{"from":"x"}', undefined],
  ['{"change":1}', { change: 1 }],
  ['{"from":"x","change":{"kind":"k"}}', { from: "x", change: { kind: "k" } }],
])("the notification %j is %j", (payload, notification) => expect(parseNotification(payload)).toEqual(notification));

test("check tells of each file what the server would, and ends with 1 when it would refuse one", async () => {
  await using folder = await temporaryFolder();
  const wheel = buildWheel({ requiresPython: ">=3.9", description: "About it." });
  await writeFile(join(folder.path, wheel.filename), wheel.bytes);
  await writeFile(join(folder.path, "broken-1.0-py3-none-any.whl"), "no archive");
  const good = await run("check", join(folder.path, wheel.filename), "--preset", "strict");
  expect(good).toMatchObject({ code: 0, out: `ok  ${join(folder.path, wheel.filename)}\n`, complaints: "" });

  const both = await run(
    "check",
    "--json",
    ...[wheel.filename, "broken-1.0-py3-none-any.whl", "gone.whl"].map((name) => join(folder.path, name)),
  );
  expect(both.code).toBe(1);
  const { ok, files } = JSON.parse(both.out);
  expect(ok).toBe(false);
  expect(files.map(({ findings }: { findings: { step: string }[] }) => findings.map(({ step }) => step))).toEqual([
    [],
    ["S26 archive"],
    ["S09 file is there"],
  ]);
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "cheeseshop-check-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
