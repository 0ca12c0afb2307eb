import { text } from "node:stream/consumers";
import { environment } from "../platform/config/environment.ts";
import type { Terminal } from "./terminal.ts";

/** The terminal that this process was started from. */
export function createProcessTerminal(): Terminal {
  return {
    print: (words) => void process.stdout.write(words),
    complain: (words) => void process.stderr.write(words),
    isInteractive: process.stderr.isTTY === true,
    readStdin: () => text(process.stdin),
    env: environment,
    cwd: process.cwd(),
  };
}
