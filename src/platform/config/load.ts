import { accessSync, constants, readFileSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import { askPip } from "./ask-pip.ts";
import { type Flags, type Layer, readConfigFile, readEnvironment, readFlags, readStored } from "./layers.ts";
import { ConfigurationMistakes } from "./mistakes.ts";
import { findPipIndex } from "./pip-index.ts";
import { type Resolution, resolveConfiguration } from "./resolve.ts";

export interface Written {
  readonly flags: Flags;
  /** Words of the command line that no flag or command claimed. */
  readonly unknown: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Whether files that the server needs at start must be there. */
export type Purpose = "serve" | "other";
/** What the database keeps: setting name, or `rule.NAME`, and its texts. */
export type Stored = ReadonlyMap<string, readonly string[]>;

const FILE_NAME = "cheeseshop.toml";

/**
 * Reads flags, environment and file; stored settings are added by calling the result again, once the database that keeps
 * them can be asked. Throws ConfigurationMistakes with everything that is wrong.
 */
export function loadConfiguration(
  written: Written,
  purpose: Purpose,
): Resolution & { withStored(stored: Stored): Resolution } {
  const layers = [readFlags(written.flags, written.unknown, written.cwd), readEnvironment(written.env, written.cwd)];
  const file = readFile(written, layers);
  if (file) layers.push(file);
  const machine = {
    cwd: written.cwd,
    cores: availableParallelism(),
    ...(purpose === "serve" && {
      canRead,
      findPipIndex: () =>
        findPipIndex({ env: written.env, platform: process.platform, home: homedir(), readText: readIfThere }) ??
        askPip(written.env),
    }),
  };
  return {
    ...resolveConfiguration(layers, machine),
    withStored: (stored) => resolveConfiguration([...layers, readStored(stored)], machine),
  };
}

function readFile({ flags, env, cwd }: Written, layers: readonly Layer[]): Layer | undefined {
  const named = flags.get("config")?.at(-1) ?? env["CHEESESHOP_CONFIG"];
  if (named === true || named) {
    const path = resolve(cwd, named === true ? "" : named);
    const text = readIfThere(path);
    if (text !== undefined) return readConfigFile(path, text, shorten(path, cwd));
    throw new ConfigurationMistakes([
      {
        place: "--config",
        sentence: `${named === true ? "needs a value" : `${named} cannot be read`}. Example: --config /etc/${FILE_NAME}`,
      },
    ]);
  }
  const data = layers.map((layer) => layer.settings.get("data")?.at(-1)).find((path) => path !== undefined);
  for (const path of [join(cwd, FILE_NAME), join(data ?? join(cwd, "data"), FILE_NAME)]) {
    const text = readIfThere(path);
    if (text !== undefined) return readConfigFile(path, text, shorten(path, cwd));
  }
  return undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not there, a folder, or not ours to read: the caller knows whether that matters.
    return undefined;
  }
}

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A path as someone in the working folder would write it, if that is shorter. */
export function shorten(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}
