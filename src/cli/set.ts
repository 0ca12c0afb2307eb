import type { Command } from "commander";
import { readStored } from "../platform/config/layers.ts";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { resolveConfiguration } from "../platform/config/resolve.ts";
import { describeSetting, isSettingName, settingNames } from "../platform/config/settings.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import { withDatabase } from "./database.ts";
import { takeSettings } from "./setting-flags.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop set NAME VALUE…`: keeps a setting in the database, where every machine on it finds it at its next start. */
export function addSet(program: Command, terminal: Terminal): void {
  const command = program
    .command("set")
    .description("keep a setting in the database; without a value: forget it")
    .argument("<name>", `one of ${listStorable().join(", ")}, rule`)
    .argument("[value...]", "for rule: NAME=VALUE");
  const load = takeSettings(command, "common", terminal);
  command.action(async (name: string, values: readonly string[]) => {
    const { config } = load("other");
    const rows = rowsFor(name, values);
    const log = createProcessLog("warn");
    const { forgetSetting, storeSetting } = await import("./stored-settings.ts");
    await withDatabase({ config, log, purpose: "set" }, async (pool) => {
      for (const [row, texts] of rows) {
        if (texts.length > 0) await storeSetting(pool, row, texts);
        else await forgetSetting(pool, row);
      }
    });
    terminal.print("Kept. A running server reads it at its next start.\n");
  });
}

const listStorable = () => settingNames.filter((name) => describeSetting(name).isStorable);

/** The rows to write; no texts: to delete. Throws ConfigurationMistakes. */
export function rowsFor(name: string, values: readonly string[]): ReadonlyMap<string, readonly string[]> {
  if (isSettingName(name) && !describeSetting(name).isStorable) {
    throw new ConfigurationMistakes([
      {
        place: name,
        sentence: `belongs to one machine and is not kept in the database. These are: ${listStorable().join(", ")}, rule`,
      },
    ]);
  }
  const rows = new Map<string, readonly string[]>();
  if (name === "rule") {
    for (const value of values) {
      const [rule = "", ...text] = value.split("=");
      rows.set(`rule.${rule}`, text.length > 0 ? [text.join("=")] : []);
    }
  } else rows.set(name, values);
  // A row to be deleted may have a name that this release does not know any more.
  const written = new Map([...rows].filter(([, texts]) => texts.length > 0));
  resolveConfiguration([readStored(written)], { cwd: "/", cores: 1 });
  return rows;
}
