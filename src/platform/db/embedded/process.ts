// What the system knows about a process. /proc where there is one: small containers have no `ps`.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Whether a number belongs to a process, be it one that has ended and was not collected by its parent. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process: it lives, and may not be signalled.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether a process runs. In containers without an init, one that has ended may keep its number for long. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!isTaken(pid)) return false;
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/^\d+ \(.*\) Z/s.test(status);
}

/** The words a process was started with, joined by blanks; undefined when it is gone. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  if (words) return words.split("\0").join(" ").trim();
  if (process.platform === "linux") return undefined;
  return promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
