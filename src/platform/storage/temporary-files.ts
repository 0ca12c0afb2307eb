import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { DiskHandle, DiskOperations } from "./disk-operations.ts";
import { errorCode } from "./errors.ts";

/** A file that only its maker knows, open for reading and writing. */
export interface TemporaryFile {
  readonly path: string;
  readonly handle: DiskHandle;
  /** Closes the handle; once more does nothing. */
  close(): Promise<void>;
  /** Closes and unlinks. Never throws: what cannot be removed now is swept at the next start. */
  remove(): Promise<void>;
}

interface TemporaryFiles {
  /** A path that nobody else chooses. */
  newPath(): string;
  create(path?: string): Promise<TemporaryFile>;
  /**
   * Removes what killed processes left: files of processes of this machine that no longer run, and any older than a
   * day. Returns how many. To be called before work starts, but harms nobody at any time.
   */
  sweep(): Promise<number>;
}

/** Nobody may write to what is kept, not even by mistake; the handle that made the file still can. */
const FILE_MODE = 0o444;
const MILLISECONDS_PER_DAY = 86_400_000;
/** Machine, process, random. */
const NAME = /^(?<machine>[0-9a-f]{8})-(?<pid>\d{1,10})-[0-9a-f]{24}$/;
// Process numbers mean nothing on another machine that shares the folder, nor in another container of this one.
const MACHINE = createHash("sha256").update(`${hostname()} ${processNamespace()}`).digest("hex").slice(0, 8);

export interface TemporaryFilesDeps {
  readonly disk: DiskOperations;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly isRunning?: (pid: number) => boolean;
}

export function createTemporaryFiles({ disk, folder, clock, log, isRunning = isRunningHere }: TemporaryFilesDeps) {
  async function unlink(path: string): Promise<boolean> {
    try {
      await disk.unlink(path);
      return true;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return false;
      log.warn({ path, error }, `could not remove the temporary file ${path}`);
      return false;
    }
  }

  const newPath = () => join(folder, `${MACHINE}-${process.pid}-${randomBytes(12).toString("hex")}`);

  const files: TemporaryFiles = {
    newPath,
    async create(path = newPath()) {
      const handle = await disk.open(path, "wx+", FILE_MODE);
      let closing: Promise<void> | undefined;
      const close = () => {
        closing ??= handle.close();
        return closing;
      };
      return {
        path,
        handle,
        close,
        async remove() {
          await close().catch((error: unknown) => log.warn({ path, error }, `could not close ${path}`));
          await unlink(path);
        },
      };
    },

    async sweep() {
      const now = clock.now().epochMilliseconds;
      let removed = 0;
      for (const name of await disk.readdir(folder)) {
        const path = join(folder, name);
        const changed = await disk.stat(path).then(
          (stat) => stat.mtimeMs,
          () => undefined,
        );
        if (changed === undefined) continue;
        const isStale = now - changed > MILLISECONDS_PER_DAY || isLeftOver(name, changed, now, isRunning);
        if (isStale && (await unlink(path))) removed++;
      }
      return removed;
    },
  };
  return files;
}

function isLeftOver(name: string, changed: number, now: number, isRunning: (pid: number) => boolean): boolean {
  const { machine, pid } = NAME.exec(name)?.groups ?? {};
  if (machine !== MACHINE) return false;
  // In a container every start has the same numbers: what is older than this process is not its own.
  if (Number(pid) === process.pid) return changed < now - process.uptime() * 1000;
  return !isRunning(Number(pid));
}

function isRunningHere(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
  // In containers without an init, a process that has ended may keep its number for long.
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

/** Linux numbers the worlds in which process numbers count; elsewhere there is only one. */
function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
