import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Log } from "../log/log.ts";
import { errorCode } from "../storage/errors.ts";
import { PASSABLE, type ShelfFolders } from "./shelf-folders.ts";

/** A body with the variant that is sent to who takes gzip; without one where that is not smaller. */
export interface Variants {
  readonly identity: Buffer;
  readonly gzip: Buffer | undefined;
}

/**
 * Puts things on the shelf. Everything here happens at once, without waiting, on purpose: whoever calls has just made sure
 * that it is still so, and a process that is told of a change has finished what it was putting there. After all have been
 * told, what is on the shelf can be taken away for good (cli/shelf-keeper.ts). Never throws.
 */
export interface Shelf {
  /** `path` of the address, decoded, with a slash in front; `stored` the file with its bytes. */
  link(path: string, stored: string): void;
  /** Bytes at the path of an address, with the time that is sent as Last-Modified. */
  copy(path: string, bytes: Variants, modified: Temporal.Instant): void;
  /** A page about a project. The serial is kept as the time of the files: see `timeOfSerial`. */
  putPage(project: string, name: string, page: Variants, serial: number): void;
}

export interface ShelfDeps {
  readonly folders: ShelfFolders;
  readonly log: Pick<Log, "warn">;
  /** Bytes that must stay free. */
  readonly minFree: number;
}

const FILE_MODE = 0o644;

/**
 * Seconds since 1970 that look like the serial when they are written in hexadecimal: nginx knows the time of a file,
 * shows it in hexadecimal, and has no other way to learn a number about a page that costs it nothing.
 */
export function timeOfSerial(serial: number): number {
  return Number.parseInt(String(serial), 16);
}

export function createShelf({ folders, log, minFree }: ShelfDeps): Shelf {
  const complained = new Set<string>();

  /** What does not work is left out, and said once per reason. ENOENT: the shelf is just being emptied. EEXIST: another process was faster. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const code = errorCode(error) ?? "unknown";
      if (code === "ENOENT" || code === "EEXIST" || complained.has(code)) return;
      complained.add(code);
      log.warn({ err: error, code }, `nginx has to ask for some things that it could serve by itself (${code})`);
    }
  }

  function hasSpace(folder: string, bytes: number): boolean {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize - bytes >= minFree;
  }

  /** Under its name only when it is complete. */
  function write(path: string, bytes: Buffer, seconds: number): void {
    const unfinished = join(dirname(path), `.${randomBytes(12).toString("hex")}`);
    const fd = openSync(unfinished, "wx", FILE_MODE);
    let isKept = false;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fchmodSync(fd, FILE_MODE);
      futimesSync(fd, seconds, seconds);
      // Some file systems cannot count that far.
      isKept = Math.floor(fstatSync(fd).mtimeMs / 1000) === seconds;
    } finally {
      closeSync(fd);
      if (isKept) renameSync(unfinished, path);
      else rmSync(unfinished, { force: true });
    }
  }

  function writeBoth(path: string, { identity, gzip }: Variants, seconds: number): void {
    if (!hasSpace(dirname(path), identity.length + (gzip?.length ?? 0))) return;
    // The plain one last: where it is, all is.
    if (gzip !== undefined) write(`${path}.gz`, gzip, seconds);
    write(path, identity, seconds);
  }

  return {
    link(path, stored) {
      const place = join(folders.files, path);
      if (existsSync(place)) return;
      attempt(() => {
        // The same inode as in the store, whose folders let nobody in.
        if ((statSync(stored).mode & 0o044) !== 0o044) chmodSync(stored, 0o444);
        makeFolders(folders.files, dirname(place));
        linkSync(stored, place);
      });
    },
    copy(path, bytes, modified) {
      const place = join(folders.files, path);
      if (existsSync(place)) return;
      attempt(() => {
        makeFolders(folders.files, dirname(place));
        writeBoth(place, bytes, Math.floor(modified.epochMilliseconds / 1000));
      });
    },
    putPage(project, name, page, serial) {
      const folder = join(folders.pages, project);
      const place = join(folder, name);
      if (existsSync(place)) return;
      attempt(() => {
        makeFolders(folders.pages, folder);
        writeBoth(place, page, timeOfSerial(serial));
      });
    },
  };
}

/** Every folder between the two, passable whatever the umask says. Throws ENOENT when `root` is not there. */
function makeFolders(root: string, folder: string): void {
  let path = root;
  for (const name of relative(root, folder).split(sep)) {
    path = join(path, name);
    try {
      mkdirSync(path);
      chmodSync(path, PASSABLE);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    }
  }
}
