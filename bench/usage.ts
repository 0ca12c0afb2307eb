// What processes cost, as Linux tells it.
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second: what the kernel reports to programs on every Linux of today. */
const TICKS = 100;

/** A process and all that descend from it. */
export function treeOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

/**
 * Seconds of CPU that these trees have used, those of their ended children included (utime, stime, cutime and cstime, proc(5)).
 * A child's share moves into its parent's when it ends, so the difference of two readings misses nothing.
 */
export function cpuOf(roots: readonly number[]): number {
  return roots.flatMap(treeOf).reduce((sum, pid) => sum + ownCpuOf(pid), 0);
}

/** The same, of one process and its ended children. */
export function ownCpuOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
}

export function commandOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Empty when the process has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
