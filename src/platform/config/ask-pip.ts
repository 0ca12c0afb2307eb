import { spawnSync } from "node:child_process";

/** Milliseconds that starting Python and pip may take. */
const PATIENCE = 20_000;

/**
 * The index that pip installs from when nobody has set one: pip prints it in its own help, and we know no address ourselves.
 * Undefined where there is no pip.
 */
export function askPip(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-m", "pip", "install", "--help"], {
    env: { ...env, COLUMNS: "200" },
    encoding: "utf8",
    timeout: PATIENCE,
  });
  return status === 0 ? defaultIndexIn(stdout) : undefined;
}

/** `-i, --index-url <url>  Base URL of … (default https://…/simple). …`, broken into lines anywhere between words. */
export function defaultIndexIn(help: string): string | undefined {
  return /--index-url\s+<url>[^(]*\(default\s+(https?:\/\/[^\s)]+)\)/.exec(help)?.[1];
}
