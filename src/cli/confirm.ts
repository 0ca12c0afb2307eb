import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { CommandFailed, type Terminal } from "./terminal.ts";

export const yesOption = ["--yes", "do not ask first"] as const;

interface Consent {
  /** `--yes` was said. */
  readonly yes?: true | undefined;
}

/** Before anything else is done: somebody is there to be asked, or has agreed already. Throws ConfigurationMistakes. */
export function mustBeAskable(terminal: Terminal, { yes }: Consent, command: string): void {
  if (yes || terminal.ask !== undefined) return;
  throw new ConfigurationMistakes([
    {
      place: command,
      sentence: `cannot be undone, and nobody is at the terminal to be asked. Example: ${command} … --yes`,
    },
  ]);
}

/**
 * Tells what will be lost, and goes on when the person at the terminal types `word`, as the pages of the site ask for. Throws CommandFailed
 * when something else is typed.
 */
export async function confirm(terminal: Terminal, { yes }: Consent, loss: string, word: string): Promise<void> {
  if (yes || terminal.ask === undefined) return;
  terminal.complain(`${loss} This cannot be undone.\n`);
  const typed = (await terminal.ask(`Type ${word} to go on: `)).trim();
  if (typed !== word) throw new CommandFailed(`"${typed}" is not "${word}". Nothing was deleted`);
}
