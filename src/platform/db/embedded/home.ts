// Where the parts of an embedded database lie: normally all in the data folder.
import { chmod, chown, lstat, mkdir, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataFolderUnusable } from "./errors.ts";
import { giveLikeFolder, type Owner } from "./owner.ts";
import { ELSEWHERE, type Place, placeForRoot, placeForUser, readPointer } from "./place.ts";
import { PORT } from "./settings.ts";
import { shortHash } from "./short-hash.ts";

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

/** Of the whole address of the socket. The systems allow 103 to 107. */
const SOCKET_BYTES = 90;

/** Finds a database's parts, and makes the folders for them where they are missing. */
export async function openHome(dataDir: string, elsewhere = ELSEWHERE): Promise<Home> {
  try {
    const isRoot = process.getuid?.() === 0;
    await mkdir(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
    const dataFolder = await realpath(dataDir);
    for (const folder of [join(dataFolder, "secrets"), join(dataFolder, "logs")]) {
      if (await mkdir(folder, { recursive: true, mode: 0o700 })) await giveLikeFolder(folder);
    }
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

/** The folder for sockets of a server's own processes: the database's where there is one, else one like it, made here. */
export async function openSocketFolder(dataDir: string): Promise<string> {
  const home = await findHome(dataDir);
  const dataFolder = home?.dataFolder ?? (await realpath(dataDir));
  const folder = home?.socketFolder ?? chooseSocketFolder(join(dataFolder, "run"), dataFolder, tmpdir());
  await makePrivateFolder(folder, home?.owner);
  return folder;
}

function describeHome(dataFolder: string, place: Place): Home {
  const isInside = place.folder.startsWith(`${dataFolder}/`);
  return {
    dataFolder,
    ...place,
    cluster: join(place.folder, "data"),
    // The temporary folder of root may be private, and PostgreSQL runs as somebody else then.
    socketFolder: chooseSocketFolder(
      join(isInside ? dataFolder : place.folder, "run"),
      dataFolder,
      place.owner ? "/tmp" : tmpdir(),
    ),
    passwordFile: join(dataFolder, "secrets", "postgres-password"),
    logFile: join(dataFolder, "logs", "postgresql.log"),
  };
}

/** `wanted`, or a folder in the temporary folder named after the data folder when the socket's address would be too long. */
export function chooseSocketFolder(wanted: string, dataFolder: string, temporary: string): string {
  const fits = (folder: string) => Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= SOCKET_BYTES;
  if (fits(wanted)) return wanted;
  const name = `cheeseshop-${shortHash(dataFolder)}`;
  return fits(join(temporary, name)) ? join(temporary, name) : join("/tmp", name);
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
