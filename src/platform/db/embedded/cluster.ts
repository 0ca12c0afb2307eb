import { spawn } from "node:child_process";
import { chown, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import {
  DataFolderOfAnotherVersion,
  DataFolderUnusable,
  EmbeddedDatabaseUnavailable,
  PostgresDidNotStart,
} from "./errors.ts";
import type { Home } from "./home.ts";
import { isAlive } from "./process.ts";

/** The role that may do everything; only the launcher uses it. */
export const ADMINISTRATOR = "postgres";

export interface ClusterOptions {
  /** False only for tests: the new files are not forced to disk. */
  readonly isDurable: boolean;
}

/** Whether there is a cluster that `major` can read. Throws DataFolderOfAnotherVersion, or DataFolderUnusable when something else is there. */
export async function hasCluster(home: Home, major: string): Promise<boolean> {
  const found = await readVersion(home.cluster);
  if (found !== undefined && found !== major) throw new DataFolderOfAnotherVersion(home.cluster, found, major);
  return found !== undefined;
}

async function readVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const entries = await readdir(cluster).catch(() => []);
  if (entries.length === 0) return undefined;
  throw new DataFolderUnusable(
    `${cluster} is not a PostgreSQL cluster and not empty: move it away, or restore a backup`,
  );
}

/**
 * Makes the cluster. It is made beside its place and renamed, so that a program killed in the middle leaves nothing
 * that looks like a cluster; what earlier ones left is removed.
 */
export async function makeCluster(
  home: Home,
  binaries: Binaries,
  password: string,
  { isDurable }: ClusterOptions,
): Promise<void> {
  await removeUnfinished(home);
  const unfinished = join(home.folder, `data.new-${process.pid}`);
  const passwordFile = join(home.folder, `password.new-${process.pid}`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (home.owner) await chown(passwordFile, home.owner.uid, home.owner.gid);
    await run(home, binaries, [
      ...["-D", unfinished, "--locale=C", "-E", "UTF8", "-U", ADMINISTRATOR, "--no-instructions"],
      ...["--auth=scram-sha-256", `--pwfile=${passwordFile}`, ...(isDurable ? [] : ["--no-sync"])],
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
  try {
    await rename(unfinished, home.cluster);
  } catch (error) {
    // Another program that started at the same moment was first; theirs has the same password.
    await rm(unfinished, { recursive: true, force: true });
    if ((await readVersion(home.cluster)) === undefined) throw error;
  }
  const folder = await open(home.folder, "r");
  await folder.sync().finally(() => folder.close());
}

function run(home: Home, binaries: Binaries, parameters: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const output: Buffer[] = [];
  const child = spawn(binaries.initdb, parameters, {
    cwd: home.folder,
    env: binaries.environment,
    stdio: ["ignore", "pipe", "pipe"],
    ...home.owner,
  });
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  child.on("error", (error) => reject(cannotRun(error)));
  child.on("close", (status) => {
    const text = Buffer.concat(output).toString().trim();
    if (status === 0) resolve();
    // 127: the system's loader does not find a library, or there is no such loader.
    else if (status === 127) reject(new EmbeddedDatabaseUnavailable(text));
    else
      reject(
        new PostgresDidNotStart(
          `The database could not be made in ${home.folder}: ${text.split("\n").slice(-3).join(" ")}`,
        ),
      );
  });
  return promise;
}

/** A program that the system refuses to run at all: another C library (Alpine), a file system mounted noexec, no right to change users. */
export function cannotRun(error: Error): EmbeddedDatabaseUnavailable {
  return new EmbeddedDatabaseUnavailable(error.message, { cause: error });
}

async function removeUnfinished(home: Home): Promise<void> {
  for (const name of await readdir(home.folder)) {
    const [, pid] = name.match(/\.new-(\d+)$/) ?? [];
    if (pid && Number(pid) !== process.pid && (await isAlive(Number(pid)))) continue;
    // An initdb that outlived its starter may still be writing there; what is left then goes next time.
    if (pid) await rm(join(home.folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
