import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../storage/errors.ts";

/**
 * The shelf: what a web server in front may serve by itself, without asking. Nothing on it is needed: whatever is not there
 * is asked of us, so it may vanish at any time. What must never happen is that something stands there that we would not say.
 */
export interface ShelfFolders {
  /** Distributions and their metadata, at the path of their address. Hard links to stored bytes, where there are stored bytes. */
  readonly files: string;
  /** `{project}/{file}`: pages about a project, as they are at this moment. */
  readonly pages: string;
}

/** Beside the stored bytes, because hard links do not leave a file system; pages beside what this one server keeps. */
export function shelfFolders({ data, files }: { readonly data: string; readonly files: string }): ShelfFolders {
  return { files: publicFiles(files), pages: join(data, "nginx", "pages") };
}

/** The shelf's part of a disk store's folder. */
export function publicFiles(storeRoot: string): string {
  return join(storeRoot, "public");
}

/** Passing is enough to read what one knows the name of; nobody else needs to look around. */
export const PASSABLE = 0o711;

/** Makes the folder where it is missing, and lets others pass it as `bits` say, whatever the umask says. */
export async function openFolder(folder: string, bits = PASSABLE): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, ((await stat(folder)).mode & 0o777) | bits);
}

/**
 * Takes a folder of the shelf, or the whole, out of everybody's sight in one step, and then removes it. When this resolves
 * nothing in it can be found any more; `removal` is the rest of the work. Undefined when there was nothing.
 */
export async function takeAway(root: string, folder = root): Promise<{ readonly removal: Promise<void> } | undefined> {
  const aside = `${root}${ASIDE}${randomBytes(12).toString("hex")}`;
  try {
    await rename(folder, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const removal = rm(aside, { recursive: true, force: true });
  // Whoever does not look at it must not end by it.
  removal.catch(() => {});
  return { removal };
}

const ASIDE = ".old-";

/** The same for a whole shelf, which is there and empty afterwards. */
export async function clearFolder(root: string): Promise<{ readonly removal: Promise<void> } | undefined> {
  const taken = await takeAway(root);
  if (taken !== undefined) await openFolder(root);
  return taken;
}

/** Removes what a killed process had taken away and not removed yet. */
export async function removeLeftOvers(root: string): Promise<void> {
  const names = await readdir(dirname(root)).catch(() => []);
  for (const name of names) {
    if (name.startsWith(`${basename(root)}${ASIDE}`)) await rm(join(dirname(root), name), { recursive: true });
  }
}
