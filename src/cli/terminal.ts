/** What a command sees of the world it was called in; tests pass their own. */
export interface Terminal {
  /** What was asked for: results, the banner, help. */
  readonly print: (text: string) => void;
  /** What went wrong. */
  readonly complain: (text: string) => void;
  /** Whether a person sees what is complained: lines may be drawn over then. Not unless told. */
  readonly isInteractive?: boolean;
  /** Asks the person there for one line; what is typed is empty when they end the input instead. Absent where nobody is. */
  readonly ask?: (question: string) => Promise<string>;
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Exit codes: 1 when something failed, 2 when the command line or the configuration is wrong. */
export const FAILED = 1;
export const MISUSED = 2;

/** A command cannot do what it was asked to, for a reason outside the program. The message is a sentence for a person. */
export class CommandFailed extends Error {}
