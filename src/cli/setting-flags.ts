import type { Command } from "commander";
import { loadConfiguration, type Purpose } from "../platform/config/load.ts";
import { describeSetting, type SettingName, settingNames } from "../platform/config/settings.ts";
import type { Terminal } from "./terminal.ts";

/** What every command must know to find the database and the files. */
const COMMON: readonly SettingName[] = ["data", "database-url", "files", "log-level"];
/** What decides whether a distribution is taken, and what the refusal links to. */
const RULES: readonly SettingName[] = ["preset", "public-url"];

export type Loaded = ReturnType<typeof loadConfiguration>;

/**
 * Lets a command take settings as flags: all of them, those that every command needs, or the rules. Nothing is judged while the
 * command line is read, so that all mistakes can be told at once. Returns a function to call when it has been read.
 */
export function takeSettings(
  command: Command,
  which: "all" | "common" | "rules",
  terminal: Terminal,
): (purpose: Purpose) => Loaded {
  const flags = new Map<string, (string | true)[]>();
  const all = settingNames.filter((name) => !describeSetting(name).isNoFlag);
  const names = { all, common: COMMON, rules: RULES }[which];
  for (const name of [...names, "config", ...(which === "common" ? [] : ["rule"])]) {
    command.option(`--${name} [value]`);
    command.on(`option:${name}`, (text: string | null) => flags.set(name, [...(flags.get(name) ?? []), text ?? true]));
  }
  if (which === "all") command.allowUnknownOption().allowExcessArguments();
  return (purpose) =>
    loadConfiguration(
      { flags, unknown: which === "all" ? listUnknown(command.args) : [], env: terminal.env, cwd: terminal.cwd },
      purpose,
    );
}

/** Words that nobody claimed. What follows an unknown flag is taken for its value. */
function listUnknown(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => word.startsWith("-") || !words[index - 1]?.startsWith("-"));
}
