import { createProgress, type Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Shows progress where a command complains: on standard error, apart from results. */
export function progressOn(terminal: Terminal) {
  return (title: string, total: { readonly things: number; readonly bytes: number }): Progress =>
    createProgress({
      write: terminal.complain,
      isInteractive: terminal.isInteractive ?? false,
      now: () => performance.now(),
      title,
      total,
    });
}
