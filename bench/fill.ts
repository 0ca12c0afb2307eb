// Fills an index through the same door as an upload, without its checks and without waiting for the disk.
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createBlobRegister } from "../src/files/index.ts";
import { normalizeName } from "../src/packaging-standards/index.ts";
import { systemClock } from "../src/platform/clock/clock.ts";
import { connectToRunningEmbedded } from "../src/platform/db/embedded/index.ts";
import { createDb, createPool, type Pool } from "../src/platform/db/pool.ts";
import { nodeDisk } from "../src/platform/storage/disk-operations.ts";
import { createDiskStore, type DiskStore } from "../src/platform/storage/disk-store.ts";
import { createPublish, type Uploader } from "../src/projects/index.ts";
import { getIndex, makePublication } from "../test/support/factories.ts";
import { quietLog } from "../test/support/log.ts";
import { ServerProcess } from "../test/support/server-process.ts";
import { type Amount, plansOf, wheelsOf } from "./catalogue.ts";
import { isThere } from "./peers/debian.ts";
import { CACHE, ROOT } from "./places.ts";
import { adopt, stopTree } from "./processes.ts";
import { openProgress } from "./progress.ts";

/** A data folder of ours, and the same files in one flat folder as pypiserver wants them. */
export interface Filled {
  readonly data: string;
  readonly packages: string;
}

/** The index of that many files, made when it is not there. What it holds is renewed when the schema or the rules change. */
export async function filledIndex(amount: Amount): Promise<Filled> {
  const folder = join(await fillFolder(), String(amount));
  const filled = { data: join(folder, "data"), packages: join(folder, "packages") };
  const complete = join(folder, "complete");
  if (await isThere(complete)) return filled;
  await rm(folder, { recursive: true, force: true });
  await mkdir(filled.packages, { recursive: true, mode: 0o711 });
  await fill(amount, filled);
  await writeFile(complete, "");
  return filled;
}

/** What is filled once and kept lies here. */
export async function fillFolder(): Promise<string> {
  return join(CACHE, `filled-${await versionOfFill()}`);
}

/** Removes what earlier versions of the rules made. */
export async function removeOldFills(): Promise<void> {
  const current = `filled-${await versionOfFill()}`;
  for (const name of await readdir(CACHE)) {
    if (name.startsWith("filled-") && name !== current) await rm(join(CACHE, name), { recursive: true });
  }
}

async function fill(amount: Amount, { data, packages }: Filled): Promise<void> {
  const server = new ServerProcess(["--data", data, "--port", "0", "--workers", "1", "--access-log", "none"]);
  const pid = adopt(server.child);
  await server.ready();
  const connection = await connectToRunningEmbedded(data);
  if (connection === undefined) throw new Error("the server that is to be filled has no database");
  const pool = createPool(connection, { max: 3 });
  // A fill that is cut short is begun anew, so nothing has to reach the disk before the end.
  pool.on("connect", (client) => void client.query("set synchronous_commit = off"));
  const disk = { ...nodeDisk, open: openUnsynced, syncFolder: async () => {} };
  const store = await createDiskStore(join(data, "files"), { log: quietLog, minFree: 0, disk });
  try {
    await publishAll(pool, store, amount, packages);
    await pool.query("vacuum analyze");
  } finally {
    await store.close();
    await pool.end();
    await stopTree(pid);
  }
}

async function publishAll(pool: Pool, store: DiskStore, amount: Amount, packages: string): Promise<void> {
  const db = createDb(pool);
  const index = await getIndex(db);
  const { rows } = await pool.query<Uploader>("select actor_id as id, username from users limit 1");
  const uploader = rows[0];
  if (uploader === undefined) throw new Error("the server that is to be filled has no owner");
  // Narrowed for the functions below, too.
  const owner: Uploader = uploader;
  const { publish } = createPublish({
    db,
    clock: systemClock,
    rules: { nameSimilarity: false, uploadWindowDays: undefined },
    help: (anchor) => anchor,
    newId: randomUUID,
    bytes: createBlobRegister(store),
    // Nobody has read anything yet.
    announce: async () => {},
  });
  const progress = openProgress(`filling an index with ${amount.toLocaleString("en")} files`, amount);
  const plans = plansOf(amount)[Symbol.iterator]();
  async function fillProjects(): Promise<void> {
    for (const plan of plans) {
      for (const wheel of wheelsOf(plan)) {
        const file = await store.putBytes(wheel.bytes);
        const metadataFile = await store.putBytes(Buffer.from(wheel.metadata));
        const publication = makePublication(index, owner, {
          name: wheel.name,
          version: wheel.version,
          filename: wheel.filename,
          metadata: { summary: `What ${normalizeName(wheel.name)} is for`, requiresPython: ">=3.9" },
        });
        await publish({ ...publication, file: { ...publication.file, ...file }, metadataFile });
        await link(store.path(file.blake2b), join(packages, wheel.filename));
        progress.step();
      }
    }
  }
  // The iterator is shared: whoever is free takes the next project.
  await Promise.all([fillProjects(), fillProjects(), fillProjects()]);
  progress.finish();
}

async function openUnsynced(path: string, flags: string, mode?: number) {
  const handle = await open(path, flags, mode);
  handle.sync = async () => {};
  return handle;
}

let version: Promise<string> | undefined;
function versionOfFill(): Promise<string> {
  version ??= (async () => {
    const migrations = (await readdir(join(ROOT, "migrations"))).sort().map((name) => join(ROOT, "migrations", name));
    const hash = createHash("sha256").update(JSON.stringify(plansOf(20_000)));
    for (const path of migrations) hash.update(await readFile(path));
    return hash.digest("hex").slice(0, 12);
  })();
  return version;
}
