// Which folder a cluster lies in and whose it is: in the data folder, or elsewhere with a pointer to it.
import { chmod, link, mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { DataFolderUnusable } from "./errors.ts";
import { findObstacle, findUnprivilegedUser, type Owner } from "./owner.ts";
import { shortHash } from "./short-hash.ts";

/** Where clusters go whose owner cannot reach the data folder. */
export const ELSEWHERE = "/var/lib/cheeseshop";
/** In the data folder, when the cluster is not: one line, the address of the folder that has it. */
const POINTER = "postgres-location";

/** As in `Home`. */
export interface Place {
  readonly folder: string;
  readonly owner: Owner | undefined;
  readonly obstacle: string | undefined;
}

/** Throws DataFolderUnusable when the cluster is another user's. */
export async function placeForUser(dataFolder: string): Promise<Place> {
  const folder = (await readPointer(dataFolder)) ?? join(dataFolder, "postgres");
  const found = await stat(folder).catch(() => undefined);
  if (found && found.uid !== process.getuid?.()) {
    throw new DataFolderUnusable(
      `${folder} belongs to user ${found.uid}, as it does after a start as root: start as root again, or stop it and run chown -R ${process.getuid?.()} on ${dataFolder}`,
    );
  }
  return { folder, owner: undefined, obstacle: undefined };
}

/** Lets the database's user pass the data folder. Throws DataFolderUnusable when that is not enough for a cluster that is there, or a pointer leads nowhere. */
export async function placeForRoot(dataFolder: string, elsewhere: string): Promise<Place> {
  const found = await stat(dataFolder);
  // The rest of the data folder keeps its own permissions: passing it shows nothing.
  await chmod(dataFolder, (found.mode & 0o777) | 0o011);
  const pointed = await readPointer(dataFolder);
  if (pointed) return { folder: pointed, owner: await ownerOf(pointed, dataFolder), obstacle: undefined };

  const folder = join(dataFolder, "postgres");
  const existing = await stat(join(folder, "data")).catch(() => undefined);
  const owner =
    existing && existing.uid !== 0 ? { uid: existing.uid, gid: existing.gid } : await findUnprivilegedUser(found.uid);
  const obstacle = await findObstacle(dataFolder, owner);
  if (!obstacle) return { folder, owner, obstacle };
  if (existing) {
    throw new DataFolderUnusable(
      `The database in ${folder} belongs to user ${owner.uid}, who may not pass ${obstacle}: chmod o+x ${obstacle}, or move ${dataFolder} back to where it was`,
    );
  }
  return { folder: await settleElsewhere(dataFolder, elsewhere), owner, obstacle };
}

/**
 * A new folder outside, and the pointer to it. A folder of that name that has something in it belonged to an earlier
 * data folder: it stays. Of several programs that try at once, all get the folder of the one that points first.
 */
async function settleElsewhere(dataFolder: string, elsewhere: string): Promise<string> {
  await mkdir(elsewhere, { recursive: true, mode: 0o711 });
  const name = `${basename(dataFolder)}-${shortHash(dataFolder)}`;
  let folder = join(elsewhere, name);
  for (let attempt = 2; !(await makeEmptyFolder(folder)); attempt++) folder = join(elsewhere, `${name}-${attempt}`);

  const pointer = join(dataFolder, POINTER);
  const unfinished = `${pointer}.new-${process.pid}`;
  await writeFile(unfinished, `${folder}\n`, { flush: true });
  await link(unfinished, pointer).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(unfinished);
  const settled = (await readPointer(dataFolder)) ?? folder;
  if (settled !== folder) await rmdir(folder).catch(() => {});
  return settled;
}

/** Whether the folder is there now and empty. */
async function makeEmptyFolder(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return (await readdir(folder)).length === 0;
}

export async function readPointer(dataFolder: string): Promise<string | undefined> {
  return readFile(join(dataFolder, POINTER), "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
}

/** Throws DataFolderUnusable when the folder that the pointer names is gone: starting with an empty database would hide the loss. */
async function ownerOf(folder: string, dataFolder: string): Promise<Owner> {
  const found = await stat(join(folder, "data")).catch(() => stat(folder).catch(() => undefined));
  if (!found) {
    throw new DataFolderUnusable(
      `${join(dataFolder, POINTER)} says that the database is in ${folder}, and it is not there: bring it back, or remove that file to start with an empty one`,
    );
  }
  return found.uid === 0 ? findUnprivilegedUser() : { uid: found.uid, gid: found.gid };
}
