import { randomBytes } from "node:crypto";
import { chmod, truncate, writeFile } from "node:fs/promises";
import { sql } from "kysely";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../../test/support/database.ts";
import { getIndex, makeUser } from "../../../test/support/factories.ts";
import { makeMirror, mirrorFile } from "../../../test/support/mirrored-files.ts";
import { createPublisher } from "../../../test/support/real-publication.ts";
import { type TemporaryStore, temporaryStore } from "../../../test/support/stored-files.ts";
import { insertBlob, markDeleted, removeDeleted } from "../../files/index.ts";
import { changeFile } from "../../mirror/change-file.ts";
import { setKept } from "../../mirror/kept-queries.ts";
import { createDigestPool } from "../../platform/crypto/digest-pool.ts";
import { readProjectPage } from "../../projects/index.ts";
import { CommandFailed } from "../terminal.ts";
import { describeReport } from "./describe-report.ts";
import { type CheckOptions, runChecks } from "./run-checks.ts";

let database: TemporaryDatabase;
let disk: TemporaryStore;
let publisher: ReturnType<typeof createPublisher>;
const digests = createDigestPool(1);

beforeEach(async () => {
  database = await temporaryDatabase();
  disk = await temporaryStore();
  publisher = createPublisher(database.db, disk.store, await getIndex(database.db), await makeUser(database.db, "ada"));
  for (const version of ["1.0", "1.10", "1.9"]) await publisher.publish("brie", version);
  await publisher.publish("edam", "1.0");
  return async () => {
    await disk.remove();
    await database.drop();
  };
});
afterAll(() => digests.close());

function check(options: Partial<CheckOptions> = {}) {
  return runChecks({
    db: database.db,
    store: disk.store,
    digests,
    now: Temporal.Now.instant(),
    isDeep: false,
    mayRepair: false,
    maySweep: false,
    announceLost: async () => {},
    startProgress: () => ({ advance() {}, skip() {}, end() {} }),
    ...options,
  });
}

const codes = async (options?: Partial<CheckOptions>) =>
  (await check(options)).findings.map(({ code, subject }) => [code, subject]);

async function firstFile(project: string): Promise<string> {
  const read = await readProjectPage(database.db, (await getIndex(database.db)).id, project);
  return read?.files[0]?.blake2b ?? "";
}

async function overwrite(blake2b: string): Promise<void> {
  const size = (await disk.store.stat(blake2b))?.size ?? 0;
  await chmod(disk.store.path(blake2b), 0o644);
  await writeFile(disk.store.path(blake2b), randomBytes(size));
}

describe("what is as it should be", () => {
  test("has no findings, and says how much was looked at", async () => {
    await publisher.changes.yank(publisher.target("brie"), "1.9", "mould");
    await publisher.changes.deleteRelease(publisher.target("brie"), "1.10");
    await publisher.changes.deleteProject(publisher.target("edam"));
    const report = await check({ isDeep: true });
    expect(report.findings).toEqual([]);
    expect(report.checked).toMatchObject({ files: 8, projects: 2 });
    expect(describeReport(report)).toMatch(
      /^Looked at 8 files \(\d+ bytes\) and the journal of 2 projects: no problems\.\n$/,
    );
  });

  test("has none about mirrors, whose bytes may be here, or deleted, or both for a moment", async () => {
    const mirror = await makeMirror(database.db, "up");
    const kept: string[] = [];
    for (const name of ["gouda-1.0.tar.gz", "gouda-1.1.tar.gz", "gouda-1.2.tar.gz"]) {
      const file = await mirrorFile(database.db, mirror, { filename: name, project: "gouda" });
      const bytes = await disk.store.putBytes(randomBytes(100));
      await changeFile(database.db, mirror, "gouda", Temporal.Now.instant(), async (trx) => {
        await insertBlob(trx, disk.store, bytes);
        await setKept(trx, mirror, file, { ...bytes, at: Temporal.Now.instant() });
        return true;
      });
      kept.push(bytes.blake2b);
    }
    const [stored = "", deleted = "", gone = ""] = kept;
    await markDeleted(database.db, deleted);
    await markDeleted(database.db, gone);
    await removeDeleted(database.db, disk.store, gone);
    expect(await codes({ isDeep: true, maySweep: true })).toEqual([["deleted-bytes", deleted]]);
    expect(await codes({ isDeep: true, maySweep: true, now: Temporal.Now.instant().add({ hours: 48 }) })).toHaveLength(
      1,
    );
    expect(await codes({ isDeep: true })).toEqual([]);
    await overwrite(stored);
    const [finding] = (await check({ isDeep: true })).findings;
    expect(finding?.sentence).toContain("up/gouda-1.0.tar.gz");
  });

  test("stays without findings while uploads go on", async () => {
    let isDone = false;
    const uploads = (async () => {
      for (let minor = 0; !isDone; minor++) await publisher.publish("gouda", `1.${minor}`);
    })();
    const problems = (await check({ isDeep: true })).findings.filter(({ kind }) => kind === "problem");
    isDone = true;
    await uploads;
    expect(problems).toEqual([]);
  });
});

describe("files", () => {
  test("missing bytes are a problem that names the file", async () => {
    const blake2b = await firstFile("edam");
    await disk.store.remove(blake2b);
    const { findings } = await check();
    expect(findings).toMatchObject([{ kind: "problem", code: "missing-bytes", subject: blake2b }]);
    expect(findings[0]?.sentence).toContain("main/edam-1.0-py3-none-any.whl: its bytes are missing");
  });

  test("a file of another size is a problem without reading it", async () => {
    const blake2b = await firstFile("edam");
    await chmod(disk.store.path(blake2b), 0o644);
    await truncate(disk.store.path(blake2b), 3);
    expect(await codes()).toEqual([["wrong-size", blake2b]]);
  });

  test("other bytes of the same size are found by reading", async () => {
    const blake2b = await firstFile("edam");
    await overwrite(blake2b);
    expect(await codes()).toEqual([]);
    expect(await codes({ isDeep: true })).toEqual([["wrong-bytes", blake2b]]);
  });

  test("bytes that nothing names are a note, and swept a day later", async () => {
    const { blake2b } = await disk.store.putBytes(randomBytes(40));
    const { findings } = await check({ maySweep: true });
    expect(findings).toMatchObject([{ kind: "note", code: "orphan", subject: blake2b }]);
    const later = Temporal.Now.instant().add({ hours: 25 });
    expect((await check({ maySweep: true, now: later })).repaired.removed).toBe(1);
    expect(await codes()).toEqual([]);
  });

  test("a repair marks them lost, which stays a problem as long as they are listed, until their bytes are back", async () => {
    const blake2b = await firstFile("edam");
    const lost = [["lost-file", "main/edam-1.0-py3-none-any.whl"]];
    await disk.store.remove(blake2b);
    const announced: string[] = [];
    const announceLost = async (digest: string) => void announced.push(digest);
    const report = await check({ mayRepair: true, announceLost });
    expect(announced).toEqual([blake2b]);
    expect(report.repaired).toEqual({ lost: 1, found: 0, removed: 0 });
    expect(describeReport(report)).toContain("Repaired: marked 1 file as lost.");
    expect(await codes({ isDeep: true })).toEqual(lost);

    await disk.store.putBytes(Buffer.from(`wheel of edam 1.0 in ${(await getIndex(database.db)).id}`));
    expect(await codes({ isDeep: true })).toEqual([["found-bytes", blake2b], ...lost]);
    expect((await check({ isDeep: true, mayRepair: true })).repaired).toEqual({ lost: 0, found: 1, removed: 0 });
    expect(await codes({ isDeep: true })).toEqual([]);
  });

  test("a disk that has lost everything is not believed", async () => {
    for await (const { blake2b } of disk.store.list()) await disk.store.remove(blake2b);
    await expect(check({ mayRepair: true })).rejects.toThrow(CommandFailed);
    const { rows } = await database.pool.query("select from blobs where state <> 'stored'");
    expect(rows).toEqual([]);
  });
});

describe("rows", () => {
  const damages: readonly [code: string, subject: string, damage: string, isDeep?: boolean][] = [
    ["wrong-serial", "main/edam", "update projects set last_serial = 1 where normalized_name = 'edam'"],
    ["wrong-serial", "main", "update indexes set last_serial = last_serial + 1"],
    ["wrong-total-size", "main/brie", "update projects set total_size = 5 where normalized_name = 'brie'"],
    ["wrong-positions", "main/brie", "update releases set position = 7 where version = '1.10'"],
    ["sequence-behind", "serials", "select setval('serials', 2)"],
    ["sequence-behind", "revisions", "select setval('revisions', 2)"],
    ["unanswered-address", "main/edam-1.0-py3-none-any.whl", "delete from used_filenames where filename like 'edam%'"],
    ["journal-differs", "main/edam", "update projects set status = 'archived' where normalized_name = 'edam'"],
    [
      "journal-differs",
      "main/edam",
      "update releases set description = 'other' from projects p where p.id = project_id and p.name = 'edam'",
    ],
    ["journal-differs", "main/edam", "delete from projects where name = 'edam'", true],
  ];
  test.each(damages)("%s of %s is found: %s", async (...[code, subject, damage, isDeep = false]) => {
    await sql.raw(damage).execute(database.db);
    const report = await check({ isDeep });
    expect(report.findings.map((finding) => [finding.kind, finding.code, finding.subject])).toEqual([
      ["problem", code, subject],
    ]);
    expect(describeReport(report)).toContain(subject);
  });

  test("releases that change places are found by the order of their versions", async () => {
    await database.pool.query("update releases set position = 3 - position where position > 0");
    expect(await codes()).toContainEqual(["journal-differs", "main/brie"]);
  });
});
