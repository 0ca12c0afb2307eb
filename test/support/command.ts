import { runProgram } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

export interface RanCommand {
  readonly code: number;
  readonly printed: string;
  readonly complained: string;
}

/** Runs one command line on a database of one's own, from a folder where nothing is. Nobody is there to be asked but by `ask`. */
export async function runOn(
  databaseUrl: string,
  words: readonly string[],
  ask?: NonNullable<Terminal["ask"]>,
): Promise<RanCommand> {
  let printed = "";
  let complained = "";
  const code = await runProgram([...words, "--database-url", databaseUrl], {
    print: (text) => {
      printed += text;
    },
    complain: (text) => {
      complained += text;
    },
    ...(ask && { ask }),
    readStdin: async () => "",
    env: { CHEESESHOP_SECRET_KEY: "ab".repeat(32) },
    cwd: "/nowhere",
  });
  return { code, printed, complained };
}
