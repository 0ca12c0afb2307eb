// Where the parts of an embedded database lie: normally all in the data folder.
import { createHash } from "node:crypto";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DataFolderUnusable } from "./errors.ts";
import { findObstacle, findUnprivilegedUser, type Owner } from "./owner.ts";
import { PORT } from "./settings.ts";

export interface Home {
  /** The data folder, as an address without links. */
  readonly dataFolder: string;
  /** Holds the cluster, the library links and, where needed, the programs. Belongs to the owner, 0700. */
  readonly folder: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly socketFolder: string;
  readonly passwordFile: string;
  readonly logFile: string;
  /** Set when the program runs as root: PostgreSQL refuses to. */
  readonly owner: Owner | undefined;
  /** Set when `folder` is outside the data folder because the owner cannot pass this folder on the way there. */
  readonly obstacle: string | undefined;
}

/** Where clusters go whose owner cannot reach the data folder. */
export const ELSEWHERE = "/var/lib/cheeseshop";
/** Of the whole address of the socket. The systems allow 103 to 107. */
const SOCKET_BYTES = 90;
/** In the data folder, when the cluster is not: one line, the address of the folder that has it. */
const POINTER = "postgres-location";

/** Finds a database's parts, and makes the folders for them where they are missing. */
export async function openHome(dataDir: string, elsewhere = ELSEWHERE): Promise<Home> {
  try {
    const isRoot = process.getuid?.() === 0;
    await mkdir(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
    const dataFolder = await realpath(dataDir);
    await Promise.all(
      ["secrets", "logs"].map((name) => mkdir(join(dataFolder, name), { recursive: true, mode: 0o700 })),
    );
    const place = isRoot ? await placeForRoot(dataFolder, elsewhere) : await placeForUser(dataFolder);
    const home = describeHome(dataFolder, place);
    await makePrivateFolder(home.folder, home.owner);
    await makePrivateFolder(home.socketFolder, home.owner);
    return home;
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new DataFolderUnusable(
      `${dataDir} cannot be used (${error.message}): give a folder that this user may write to with --data`,
      { cause: error },
    );
  }
}

/** Finds a database's parts without changing anything; undefined when there is no database. */
export async function findHome(dataDir: string): Promise<Home | undefined> {
  const dataFolder = await realpath(dataDir).catch(() => undefined);
  if (!dataFolder) return undefined;
  const folder = (await readPointer(dataFolder)) ?? join(dataFolder, "postgres");
  const cluster = await stat(join(folder, "data")).catch(() => undefined);
  if (!cluster) return undefined;
  const owner = process.getuid?.() === 0 ? { uid: cluster.uid, gid: cluster.gid } : undefined;
  return describeHome(dataFolder, { folder, owner, obstacle: undefined });
}

interface Place {
  readonly folder: string;
  readonly owner: Owner | undefined;
  readonly obstacle: string | undefined;
}

function describeHome(dataFolder: string, place: Place): Home {
  const isInside = place.folder.startsWith(`${dataFolder}/`);
  return {
    dataFolder,
    ...place,
    cluster: join(place.folder, "data"),
    socketFolder: chooseSocketFolder(join(isInside ? dataFolder : place.folder, "run"), dataFolder),
    passwordFile: join(dataFolder, "secrets", "postgres-password"),
    logFile: join(dataFolder, "logs", "postgresql.log"),
  };
}

/** `wanted`, or a folder in the temporary folder named after the data folder when the socket's address would be too long. */
export function chooseSocketFolder(wanted: string, dataFolder: string, temporary = tmpdir()): string {
  const fits = (folder: string) => Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= SOCKET_BYTES;
  if (fits(wanted)) return wanted;
  const name = `cheeseshop-${shortHash(dataFolder)}`;
  return fits(join(temporary, name)) ? join(temporary, name) : join("/tmp", name);
}

async function placeForUser(dataFolder: string): Promise<Place> {
  const folder = (await readPointer(dataFolder)) ?? join(dataFolder, "postgres");
  const found = await stat(folder).catch(() => undefined);
  if (found && found.uid !== process.getuid?.()) {
    throw new DataFolderUnusable(
      `${folder} belongs to user ${found.uid}, as it does after a start as root: start as root again, or stop it and run chown -R ${process.getuid?.()} on ${dataFolder}`,
    );
  }
  return { folder, owner: undefined, obstacle: undefined };
}

async function placeForRoot(dataFolder: string, elsewhere: string): Promise<Place> {
  // The rest of the data folder keeps its own permissions: passing it shows nothing.
  await chmod(dataFolder, ((await stat(dataFolder)).mode & 0o777) | 0o011);
  const pointed = await readPointer(dataFolder);
  if (pointed) return { folder: pointed, owner: await ownerOf(pointed, dataFolder), obstacle: undefined };

  const folder = join(dataFolder, "postgres");
  const existing = await stat(join(folder, "data")).catch(() => undefined);
  const owner =
    existing && existing.uid !== 0 ? { uid: existing.uid, gid: existing.gid } : await findUnprivilegedUser();
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

async function readPointer(dataFolder: string): Promise<string | undefined> {
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

/** A folder that only its owner enters. Throws DataFolderUnusable when somebody else made it first (the temporary folder is everyone's). */
async function makePrivateFolder(folder: string, owner: Owner | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const wanted = owner?.uid ?? process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || (found.uid !== wanted && !(owner && found.uid === 0))) {
    throw new DataFolderUnusable(`${folder} was made by somebody else (user ${found.uid}): remove it and start again`);
  }
  if (owner && found.uid !== owner.uid) await chown(folder, owner.uid, owner.gid);
  await chmod(folder, 0o700);
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
