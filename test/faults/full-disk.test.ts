// File systems that fill up: the one for files, and the one of the database.
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readdir, rm, statfs, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { buildWheel } from "../support/distributions.ts";
import { readWhole, upload } from "../support/index-client.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually, makeDataFolder } from "../support/server-process.ts";

const MB = 1_000_000;

/** Whether file systems can be mounted here: as root, outside most containers. */
const canMount = await tryMount();
if (!canMount) console.warn("SKIPPED: full file systems are not tried, since none can be mounted here (it takes root)");

async function tryMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "cheeseshop-mount-"));
  try {
    mount(folder, MB);
    execFileSync("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function mount(folder: string, bytes: number): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0711`, "cheeseshop-test", folder], {
    stdio: "ignore",
  });
}

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A small file system that goes with the test. */
async function smallDisk(bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cheeseshop-small-"));
  await chmod(folder, 0o711);
  mount(folder, bytes);
  cleanups.push(async () => {
    execFileSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

async function start(options: Parameters<typeof startServer>[0]): Promise<RunningServer> {
  const server = await startServer(options);
  cleanups.push(() => server.kill());
  return server;
}

/** Takes what is free on a disk but `left` bytes; gives it back when called. */
async function fill(folder: string, left: number): Promise<() => Promise<void>> {
  const path = join(folder, "ballast");
  const file = await open(path, "w");
  const { bavail, bsize } = await statfs(folder);
  const block = Buffer.alloc(64 * 1024);
  for (let toTake = bavail * bsize - left; toTake > 0; toTake -= block.length) {
    await file.write(block.subarray(0, Math.min(block.length, toTake))).catch(() => {});
  }
  await file.close();
  return () => rm(path, { force: true });
}

const wheel = (version: string, padding: number) => buildWheel({ name: "brie", version, padding });

test.skipIf(!canMount).each([
  ["kept free by --min-free", "4MB", 5 * MB],
  ["used to the last byte", "0", 300_000],
])("a full disk for files, %s: uploads wait, reads go on", async (_, minFree, left) => {
  const disk = await smallDisk(30 * MB);
  const files = join(disk, "files");
  const server = await start({ flags: ["--files", files, "--min-free", minFree, "--workers", "2"] });
  expect((await upload(server, wheel("1.0", 10_000))).status).toBe(200);

  const giveBack = await fill(disk, left);
  for (let attempt = 0; attempt < 5; attempt++) {
    const refused = await upload(server, wheel(`2.${attempt}`, 2 * MB));
    expect([refused.status, refused.headers.get("retry-after") !== null]).toEqual([503, true]);
    expect(refused.reason).toMatch(/insufficient storage/);
  }
  expect(await readdir(join(files, "tmp"))).toEqual([]);
  expect([...(await readWhole(server, "brie")).keys()]).toEqual(["brie-1.0-py3-none-any.whl"]);
  const health = (what: string) => fetch(`${server.url}_health/${what}`).then(({ status }) => status);
  expect(await health("")).toBe(200);

  await giveBack();
  expect(await health("?for=upload")).toBe(200);
  expect((await upload(server, wheel("2.0", 2 * MB))).status).toBe(200);
  expect((await readWhole(server, "brie")).size).toBe(2);
  expect(await server.command(["fsck", "--deep", "--files", files])).toMatch(/: no problems\.$/);
});

/** A data folder on a small disk, and its files on another one. */
async function databaseOnSmallDisk() {
  const disk = await smallDisk(200 * MB);
  const scratch = await mkdtemp(join(tmpdir(), "cheeseshop-files-"));
  cleanups.push(() => rm(scratch, { recursive: true, force: true }));
  const [data, files] = [join(disk, "data"), join(scratch, "files")];
  await mkdir(data, { mode: 0o711 });
  return { disk, data, files };
}

/** A database that has only its write-ahead log on a small disk: PostgreSQL gives up itself when that is full. */
async function logOnSmallDisk() {
  const disk = await smallDisk(70 * MB);
  const data = await makeDataFolder();
  cleanups.push(() => rm(dirname(data), { recursive: true, force: true }));
  await (await startServer({ data })).stop();
  const log = join(data, "postgres/data/pg_wal");
  execFileSync("mv", [log, disk]);
  await symlink(join(disk, "pg_wal"), log);
  return { disk, data, files: join(data, "files") };
}

test.skipIf(!canMount).each([
  ["the database", databaseOnSmallDisk],
  ["the database's log", logOnSmallDisk],
])("a full disk for %s: it comes back by itself when there is space", async (_, prepare) => {
  const { disk, data, files } = await prepare();
  const server = await start({ data, flags: ["--files", files] });
  const acknowledged: string[] = [];
  const answers = new Set<number | undefined>();
  let minor = 0;
  /** A description as large as they come, so that the disk is soon full. */
  const send = async () => {
    const file = wheel(`1.${minor++}`, 1000);
    const description = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))
      .toString("base64")
      .repeat(5);
    const answered = await upload(server, file, { description }).catch(() => undefined);
    if (answered?.status === 200) acknowledged.push(file.filename);
    return answered?.status;
  };
  expect(await send()).toBe(200);
  const giveBack = await fill(disk, 0);
  await eventually("the disk to be full", async () => {
    const status = await send();
    if (status !== 200) answers.add(status);
    return answers.size > 0;
  });
  for (let attempt = 0; attempt < 10; attempt++) answers.add(await send());
  await giveBack();
  await eventually("uploads to be taken again", async () => (await send()) === 200);
  console.info(`While the database's disk was full, uploads were answered with ${[...answers].join(", ")}.`);
  expect([...answers].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  const found = await readWhole(server, "brie");
  expect(acknowledged.filter((filename) => !found.has(filename))).toEqual([]);
  expect(await server.command(["fsck", "--deep", "--files", files])).toMatch(/: no problems\.$/);
});
