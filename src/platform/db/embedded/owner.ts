import { execFile } from "node:child_process";
import { chown, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { EmbeddedDatabaseUnavailable } from "./errors.ts";

/** Whom the cluster's files and processes belong to when that is not this process's own user. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Of several users who would do, the one made for us comes first, then the one that distributions make for PostgreSQL. */
const CANDIDATES = ["cheeseshop", "postgres", "nobody"] as const;

/**
 * Whom root lets a new cluster belong to: whoever the data folder belongs to, so that they can go on without root, or
 * a user that every machine has. PostgreSQL wants one that has a name. Throws EmbeddedDatabaseUnavailable.
 */
export async function findUnprivilegedUser(folderOwner = 0): Promise<Owner> {
  for (const name of [...(folderOwner === 0 ? [] : [String(folderOwner)]), ...CANDIDATES]) {
    const [uid, gid] = await Promise.all([numericId("-u", name), numericId("-g", name)]);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new EmbeddedDatabaseUnavailable(
    "it will not run as root, and this machine has no user named postgres or nobody",
  );
}

/** As root, gives what was just made to whoever its folder belongs to, who may run the program without root next time. */
export async function giveLikeFolder(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(path));
  if (uid !== 0) await chown(path, uid, gid);
}

async function numericId(option: "-u" | "-g", name: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)("id", [option, name]);
    return Number(stdout.trim());
  } catch {
    return undefined;
  }
}

interface Node {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const READ = 4;
const SEARCH = 1;

/** Whether classic permission bits let a user do something; access lists are not looked at. */
export function permits({ uid, gid, mode }: Node, user: Owner, bits: number): boolean {
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

/** The first folder on the way to `path`, itself included, that a user may not pass; undefined when there is none. */
export async function findObstacle(path: string, user: Owner): Promise<string | undefined> {
  const real = await realpath(path);
  const ways = [real];
  while (dirname(ways[0] ?? "/") !== ways[0]) ways.unshift(dirname(ways[0] ?? "/"));
  for (const way of ways) if (!permits(await stat(way), user, SEARCH)) return way;
  return undefined;
}

/** Whether a user may read a file where it is. */
export async function mayRead(path: string, user: Owner): Promise<boolean> {
  if (await findObstacle(dirname(path), user)) return false;
  return permits(await stat(path), user, READ);
}
