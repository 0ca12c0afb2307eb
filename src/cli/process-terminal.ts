import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { environment } from "../platform/config/environment.ts";
import type { Terminal } from "./terminal.ts";

/** The terminal that this process was started from. */
export function createProcessTerminal(): Terminal {
  return {
    print: (words) => void process.stdout.write(words),
    complain: (words) => void process.stderr.write(words),
    isInteractive: process.stderr.isTTY === true,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
    readStdin: () => text(process.stdin),
    env: environment,
    cwd: process.cwd(),
  };
}

function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise<string>((resolve) => {
    lines.once("close", () => resolve(""));
    lines.question(question, resolve);
  }).finally(() => lines.close());
}
