/** What a command sees of the world it was called in; tests pass their own. */
export interface Terminal {
  /** What was asked for: results, the banner, help. */
  readonly print: (text: string) => void;
  /** What went wrong. */
  readonly complain: (text: string) => void;
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Exit codes: 1 when something failed, 2 when the command line or the configuration is wrong. */
export const FAILED = 1;
export const MISUSED = 2;
