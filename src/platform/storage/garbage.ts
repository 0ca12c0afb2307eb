import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** A collection of young garbage takes 0.2 to 1 ms: at this rate about a hundredth of what hashing these bytes takes. */
const COLLECT_EVERY = 4 * 1024 * 1024;

// Of the process, as memory is: ten bodies at once may not pile up ten times as much.
let uncollected = 0;
let collect: (() => void) | undefined;

/**
 * Tells that so many bytes of chunks have come and are not needed any more. V8 sees the few bytes of a chunk's handle and
 * not the 64 KiB behind it, so it would let tens of megabytes of dead chunks pile up; 100 MB received added 40 MB to the
 * process without this, 24 with it, most of them once for all uploads that follow.
 */
export function noteGarbage(bytes: number): void {
  uncollected += bytes;
  if (uncollected < COLLECT_EVERY) return;
  uncollected = 0;
  collect ??= findCollector();
  collect();
}

function findCollector(): () => void {
  // The known way to reach the collector without asking for a flag on everybody's command line.
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("globalThis.gc");
  return typeof gc === "function" ? () => void gc({ type: "minor" }) : () => {};
}
