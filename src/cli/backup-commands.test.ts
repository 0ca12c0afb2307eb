import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BackupScene, type BackupSetting, backupScene } from "../../test/support/backup-of.ts";
import { runProgram } from "./program.ts";

let scene: BackupScene;
let { target, targetDisk } = {} as BackupSetting;
let folder: string;
beforeAll(async () => {
  scene = await backupScene();
});
afterAll(() => scene.remove());
beforeEach(async () => {
  const setting = await scene.setUp();
  ({ target, targetDisk } = setting);
  folder = await mkdtemp(join(tmpdir(), "cheeseshop-commands-"));
  return async () => {
    await rm(folder, { recursive: true });
    await setting.end();
  };
});

const CHEESESHOP_SECRET_KEY = "ab".repeat(32);

async function run(...words: string[]) {
  const printed: string[] = [];
  const complained: string[] = [];
  const code = await runProgram(words, {
    print: (text) => void printed.push(text),
    complain: (text) => void complained.push(text),
    readStdin: async () => "",
    env: { CHEESESHOP_SECRET_KEY },
    cwd: folder,
  });
  return { code, printed: printed.join(""), complained: complained.join("") };
}

const onSource = () => ["--database-url", scene.source.url, "--files", scene.disk.root];
const onTarget = () => ["--database-url", target.url, "--files", targetDisk.root];

describe("commands", () => {
  test("back up, restore and check, and say in a few lines what was done", async () => {
    const backup = await run("backup", "kept", ...onSource());
    expect(backup).toMatchObject({ code: 0, complained: "" });
    expect(backup.printed).toMatch(
      /^Backup \S+Z in \S+\/kept: \d+ rows, 8 files \(\d+ bytes\); copied 8 files \(\d+ bytes\) now\.\n.*is a setting.*\n$/,
    );
    expect((await run("backup", "kept", ...onSource(), "--keep", "1")).printed).toMatch(
      /copied 0 files \(0 bytes\) now\.[\s\S]*Removed 1 older backup and 0 files that only they had\.\n$/,
    );

    const restored = await run("restore", "kept", ...onTarget());
    expect(restored).toMatchObject({ code: 0, complained: "" });
    expect(restored.printed).toMatch(
      /^Restored the backup of 2\S+Z: \d+ rows, 8 files .*\nTokens and sessions work as before\.\n$/,
    );

    const checked = await run("fsck", "--deep", ...onTarget());
    expect(checked).toMatchObject({ code: 0, complained: "" });
    expect(checked.printed).toMatch(/^Looked at 8 files \(\d+ bytes\) and the journal of 2 projects: no problems\.\n$/);
    const json = JSON.parse((await run("fsck", "--json", ...onTarget())).printed);
    expect(json).toMatchObject({ isClean: true, checked: { files: 8, projects: 2 }, findings: [] });
  });

  test("end with 1 and a sentence when something is wrong", async () => {
    await run("backup", "kept", ...onSource());
    const full = await run("restore", "kept", ...onSource());
    expect(full).toMatchObject({ code: 1, printed: "" });
    expect(full.complained).toMatch(/^The database is not empty \(it has actors, .*\n$/);
    expect(await run("restore", "elsewhere", ...onTarget())).toMatchObject({
      code: 1,
      complained: expect.stringMatching(/elsewhere holds no backup/),
    });
    expect((await run("restore", "kept", "--snapshot", "yesterday", ...onTarget())).complained).toMatch(
      /has no backup yesterday; there are 2/,
    );

    await run("restore", "kept", ...onTarget());
    await target.pool.query("update projects set last_serial = 1 where normalized_name = 'brie'");
    const checked = await run("fsck", ...onTarget());
    expect(checked.code).toBe(1);
    expect(checked.printed).toMatch(/problem: main\/brie is at serial 1, and its journal ends at \d+\n/);
  });

  test("tell a file disk that is not mounted from one that lost everything", async () => {
    const words = ["--database-url", scene.source.url, "--files", join(folder, "unmounted")];
    for (const command of [
      ["fsck", "--repair"],
      ["backup", "kept"],
    ]) {
      const { code, complained } = await run(...command, ...words);
      expect(code).toBe(1);
      expect(complained).toMatch("is its disk mounted?");
    }
    expect(await readdir(folder)).not.toContain("unmounted");
  });

  test("never make a catalogue where there was none, only to back it up or to check it", async () => {
    for (const command of [["fsck"], ["backup", "kept"]]) {
      const { code, complained } = await run(...command, "--data", join(folder, "typo"));
      expect(code).toBe(1);
      expect(complained).toMatch(/There is no Cheeseshop in \S+typo/);
    }
    expect(await readdir(folder)).not.toContain("typo");
  });

  test("restore into no folder that has anything else in it", async () => {
    await run("backup", "kept", ...onSource());
    await mkdir(join(folder, "home", "photos"), { recursive: true });
    const { code, complained } = await run("restore", "kept", "--data", join(folder, "home"));
    expect(code).toBe(1);
    expect(complained).toMatch(/home is not empty \(it has photos\)/);
    expect(await readdir(join(folder, "home"))).toEqual(["photos"]);
  });

  test("want a number of backups to keep", async () => {
    const { code, complained } = await run("backup", "kept", "--keep", "0", ...onSource());
    expect(code).toBe(2);
    expect(complained).toMatch("--keep");
    expect(await readdir(folder)).toEqual([]);
  });
});
