// What the launcher of the embedded PostgreSQL does because PostgreSQL refuses to run as root. Skipped for other users.
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findPackage, type Package } from "../../src/platform/db/embedded/binaries.ts";
import { chooseSocketFolder } from "../../src/platform/db/embedded/home.ts";
import {
  connectToRunningEmbedded,
  type EmbeddedConnection,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/db/embedded/index.ts";
import { findUnprivilegedUser, type Owner } from "../../src/platform/db/embedded/owner.ts";
import { recordingLog } from "../support/log.ts";
import { supervise } from "../support/supervise.ts";

// The owner of a process is read from /proc, and the user without a name is Linux's.
const isRoot = process.getuid?.() === 0 && process.platform === "linux";
const NOBODY: Owner = { uid: 65534, gid: 65534 };
if (!isRoot) console.warn("embedded-postgres-as-root: skipped, this user is not root, or this is not Linux");

let folder = "";
let dataDir = "";
let elsewhere = "";
let recorded = recordingLog();
let cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  recorded = recordingLog();
  folder = await mkdtemp("/tmp/cs-");
  await chmod(folder, 0o755);
  dataDir = join(folder, "data");
  elsewhere = join(folder, "elsewhere");
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: recorded.log, elsewhere, ...options });
  cleanups.push(() => postgres.stop("immediate"));
  return postgres;
}

async function query(connection: EmbeddedConnection, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection });
  await client.connect();
  const { rows } = await client.query(text).finally(() => client.end());
  return rows;
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** The package as it is where install scripts do not run: without the links among the libraries. */
async function copyPackage(): Promise<Package> {
  const { native, version } = await findPackage();
  const copy = join(folder, "package");
  await cp(native, copy, { recursive: true, filter: async (path) => !(await lstat(path)).isSymbolicLink() });
  return { native: copy, version };
}

describe.skipIf(!isRoot)("started as root", () => {
  test("the database runs as an unprivileged user, who passes a private data folder and reads nothing else in it", async () => {
    await mkdir(dataDir, { mode: 0o700 });
    const postgres = await start();
    const owner = await findUnprivilegedUser();
    expect(owner.uid).not.toBe(0);
    expect((await stat(`/proc/${postgres.pid}`)).uid).toBe(owner.uid);
    expect((await stat(join(dataDir, "postgres/data"))).uid).toBe(owner.uid);
    expect(await modeOf(dataDir)).toBe("711");
    expect((await stat(dataDir)).uid).toBe(0);
    expect(await modeOf(join(dataDir, "secrets"))).toBe("700");
    expect((await stat(join(dataDir, "secrets"))).uid).toBe(0);
    expect(await query(postgres.connection, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("a data folder that others may read stays so", async () => {
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    await start();
    expect(await modeOf(dataDir)).toBe("755");
  });

  test("a cluster below a folder that its user may not pass is kept elsewhere, which is said, and found again", async () => {
    await chmod(folder, 0o700);
    elsewhere = await mkdtemp("/tmp/cs-elsewhere-");
    cleanups.push(() => rm(elsewhere, { recursive: true, force: true }));
    await chmod(elsewhere, 0o711);

    const first = await start();
    expect(recorded.lines).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: expect.stringMatching(
          new RegExp(
            `^the database of ${dataDir} is kept in ${elsewhere}/data-[0-9a-f]{12}, because user \\d+, .* may not pass ${folder}$`,
          ),
        ),
      }),
    );
    await query(first.connection, "create table kept as select 1 as one");
    expect(await connectToRunningEmbedded(dataDir)).toEqual(first.connection);
    await first.stop();
    expect(await connectToRunningEmbedded(dataDir)).toBeUndefined();

    const second = await start();
    expect(await query(second.connection, "select one from kept")).toEqual([{ one: 1 }]);
    await second.stop();
    await chmod(folder, 0o755);
    const third = await start();
    expect(await query(third.connection, "select one from kept"), "also when the way is open by now").toEqual([
      { one: 1 },
    ]);
  });

  test("a cluster elsewhere that is gone is a refusal, not a new empty database", async () => {
    await chmod(folder, 0o700);
    elsewhere = await mkdtemp("/tmp/cs-elsewhere-");
    cleanups.push(() => rm(elsewhere, { recursive: true, force: true }));
    await chmod(elsewhere, 0o711);
    await (await start()).stop();
    await rm(join(elsewhere, (await readdir(elsewhere))[0] ?? ""), { recursive: true });
    await expect(start()).rejects.toMatchObject({
      code: "data_folder_unusable",
      message: expect.stringContaining("it is not there"),
    });
  });

  test("a data folder that was removed and made again does not get the old cluster back", async () => {
    await chmod(folder, 0o700);
    elsewhere = await mkdtemp("/tmp/cs-elsewhere-");
    cleanups.push(() => rm(elsewhere, { recursive: true, force: true }));
    await chmod(elsewhere, 0o711);
    const first = await start();
    await query(first.connection, "create table kept as select 1 as one");
    await first.stop();
    await rm(dataDir, { recursive: true });
    const second = await start();
    await expect(query(second.connection, "select one from kept")).rejects.toThrow('relation "kept" does not exist');
    expect(await readdir(elsewhere), "the old one stays for whoever misses it").toHaveLength(2);
  });

  test("programs where the database's user may not read them are copied, once", async () => {
    const found = await copyPackage();
    const closed = join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    await cp(found.native, join(closed, "native"), { recursive: true });
    const options = { findPackage: async () => ({ ...found, native: join(closed, "native") }) };
    const first = await start(options);
    expect(await query(first.connection, "select 1 as one")).toEqual([{ one: 1 }]);
    const copy = join(dataDir, "postgres", `program-${found.version}`);
    const { ino } = await stat(copy);
    await first.stop();
    await mkdir(join(dataDir, "postgres/program-17.0.0"));
    await start(options);
    expect((await stat(copy)).ino).toBe(ino);
    const programs = (await readdir(join(dataDir, "postgres"))).filter((name) => name.startsWith("program-"));
    expect(programs, "those of other releases go").toEqual([`program-${found.version}`]);
  });

  test("a socket folder that somebody else made first in the temporary folder is not used", async () => {
    dataDir = join(folder, "a-folder-with-a-long-name".repeat(4));
    const socketFolder = chooseSocketFolder(join(dataDir, "run"), dataDir, "/tmp");
    await mkdir(socketFolder);
    cleanups.push(() => rm(socketFolder, { recursive: true, force: true }));
    await chown(socketFolder, 12345, 12345);
    await expect(start()).rejects.toThrow(`${socketFolder} was made by somebody else (user 12345)`);
  });

  test("the cluster of an ordinary user goes on as that user's", async () => {
    await chown(folder, NOBODY.uid, NOBODY.gid);
    const ordinary = supervise({ dataDir }, NOBODY);
    const { connection } = await ordinary.hear("ready");
    await query(connection, "create table kept as select 1 as one");
    await ordinary.kill("SIGTERM");
    const postgres = await start();
    expect(await query(postgres.connection, "select one from kept")).toEqual([{ one: 1 }]);
    expect((await stat(`/proc/${postgres.pid}`)).uid).toBe(NOBODY.uid);
    await postgres.stop();
    const again = supervise({ dataDir }, NOBODY);
    await again.hear("ready");
    await again.kill("SIGTERM");
  });

  test("a database that root makes in an ordinary user's folder is theirs", async () => {
    await mkdir(dataDir);
    await chown(dataDir, NOBODY.uid, NOBODY.gid);
    const postgres = await start();
    expect((await stat(`/proc/${postgres.pid}`)).uid).toBe(NOBODY.uid);
    await postgres.stop();
    const ordinary = supervise({ dataDir }, NOBODY);
    expect((await ordinary.hear("ready")).connection).toEqual(postgres.connection);
    await ordinary.kill("SIGTERM");
  });

  test("an ordinary user is told that the folder is root's, and whose help is needed", async () => {
    await (await start()).stop();
    const { code, message } = await supervise({ dataDir }, { uid: 12345, gid: 12345 }).hear("refused");
    expect(code).toBe("data_folder_unusable");
    expect(message).toMatch(/start as root again, or .* chown -R 12345/);
  });
});

test("a package without links, which nobody may write to, is enough, and stays as it was", async () => {
  const found = await copyPackage();
  const before = await readdir(found.native, { recursive: true });
  const names = before.filter((name) => /libpq\.so/.test(name));
  expect(names, "the link libpq.so.5 is what initdb asks for").toEqual(["lib/libpq.so.5.18"]);
  for (const name of ["lib", "bin", "."]) await chmod(join(found.native, name), 0o555);
  const postgres = await start({ findPackage: async () => found });
  expect(await query(postgres.connection, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await readdir(found.native, { recursive: true })).toEqual(before);
  for (const name of ["lib", "bin", "."]) await chmod(join(found.native, name), 0o755);
});

test("a data folder that may not be written to is named in the refusal", async () => {
  await writeFile(dataDir, "not a folder");
  await expect(start()).rejects.toMatchObject({
    code: "data_folder_unusable",
    message: expect.stringMatching(new RegExp(`^${dataDir} cannot be used \\(.*--data$`)),
  });
});
