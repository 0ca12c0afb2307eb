import { closeSync, fsync, openSync } from "node:fs";
import { chmod, link, mkdir, open, readdir, rename, stat, statfs, unlink } from "node:fs/promises";
import { promisify } from "node:util";

/** What the disk store asks of the operating system; handed in so that a test can let any single step fail. */
export interface DiskOperations {
  open(path: string, flags: string, mode?: number): Promise<DiskHandle>;
  link(existing: string, created: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  /** Closed to everyone else unless `mode` says otherwise. */
  mkdir(path: string, mode?: number): Promise<void>;
  readdir(path: string): Promise<string[]>;
  /** Returns when the names in a folder are on disk. */
  syncFolder(path: string): Promise<void>;
  stat(path: string): Promise<FileStat>;
  /** Bytes that an unprivileged process may still write there. */
  freeSpace(path: string): Promise<number>;
}

export interface DiskHandle {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<FileStat>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly size: number;
  /** Milliseconds since 1970: the content changed. */
  readonly mtimeMs: number;
  /** Milliseconds since 1970: the content, a link to it or its mode changed. */
  readonly ctimeMs: number;
  readonly mode: number;
  /** Names that the file has. */
  readonly nlink: number;
}

const syncDescriptor = promisify(fsync);

export const nodeDisk: DiskOperations = {
  open,
  link,
  unlink,
  rename,
  chmod,
  async mkdir(path, mode = 0o700) {
    // Never more, whatever the umask says: what is kept here goes out through the server, which knows who may read it.
    await mkdir(path, { mode });
  },
  readdir: (path) => readdir(path),
  async syncFolder(path) {
    // Whoever syncs a folder has just made a name in it, so opening it waits for no disk: a thread is only needed to sync.
    const folder = openSync(path, "r");
    try {
      await syncDescriptor(folder);
    } finally {
      closeSync(folder);
    }
  },
  stat: (path) => stat(path),
  async freeSpace(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};
