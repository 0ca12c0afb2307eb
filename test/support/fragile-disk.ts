import { type DiskHandle, type DiskOperations, nodeDisk } from "../../src/platform/storage/disk-operations.ts";

/** A real disk for tests: it writes down what it is asked for, and can fail at any single step. */
export interface FragileDisk {
  readonly disk: DiskOperations;
  /** `sync blobs/ab` and so on, since the last `failAfter`, paths as `shorten` makes them. */
  readonly steps: readonly string[];
  /** Lets so many steps succeed, then fails one, then works again. */
  failAfter(steps: number, code: string): void;
  readonly hasFailed: boolean;
}

/** Clean-up (unlink) and reading are never made to fail here: what failed before them is what is tested. */
export function createFragileDisk(shorten: (path: string) => string = (path) => path): FragileDisk {
  let steps: string[] = [];
  let failing: { readonly at: number; readonly code: string } | undefined;
  let hasFailed = false;

  function step<T>(name: string, path: string, work: () => Promise<T>): Promise<T> {
    steps.push(`${name} ${shorten(path)}`);
    if (steps.length - 1 !== failing?.at) return work();
    hasFailed = true;
    return Promise.reject(Object.assign(new Error(`${failing.code}: made up`), { code: failing.code }));
  }

  function fragileHandle(path: string, handle: DiskHandle): DiskHandle {
    return {
      write: (...what) => step("write", path, () => handle.write(...what)),
      read: (...what) => handle.read(...what),
      stat: () => handle.stat(),
      sync: () => step("sync", path, () => handle.sync()),
      // A close that fails has closed all the same.
      async close() {
        await handle.close();
        await step("close", path, async () => {});
      },
    };
  }

  return {
    disk: {
      ...nodeDisk,
      open: async (path, flags, mode) =>
        fragileHandle(path, await step("open", path, () => nodeDisk.open(path, flags, mode))),
      link: (from, to) => step("link", to, () => nodeDisk.link(from, to)),
      rename: (from, to) => step("rename", to, () => nodeDisk.rename(from, to)),
      chmod: (path, mode) => step("chmod", path, () => nodeDisk.chmod(path, mode)),
      mkdir: (path, mode) => step("mkdir", path, () => nodeDisk.mkdir(path, mode)),
      syncFolder: (path) => step("sync", path, () => nodeDisk.syncFolder(path)),
      stat: (path) => step("stat", path, () => nodeDisk.stat(path)),
      freeSpace: (path) => step("freeSpace", path, () => nodeDisk.freeSpace(path)),
    },
    get steps() {
      return steps;
    },
    get hasFailed() {
      return hasFailed;
    },
    failAfter(at, code) {
      steps = [];
      failing = { at, code };
      hasFailed = false;
    },
  };
}
