import type { Command } from "commander";
import { ConfigurationMistakes } from "../../platform/config/mistakes.ts";
import { takeSettings } from "../setting-flags.ts";
import { layOutRows } from "../table.ts";
import { CommandFailed, type Terminal } from "../terminal.ts";
import { withDb } from "./with-db.ts";

interface Flags {
  readonly index: string;
  readonly reason?: string;
  readonly remove?: true;
  readonly list?: true;
}

/** `index exempt`: projects that the rule min-age leaves alone. */
export function addExempt(index: Command, terminal: Terminal): void {
  const command = index
    .command("exempt")
    .description("let files of an upstream's project through however young they are (rule min-age)")
    .argument("[project]", "its name, in any spelling")
    .option("--index <name>", "in which index", "main")
    .option("--reason <text>", "why; needed")
    .option("--remove", "end the exemption")
    .option("--list", "list the exemptions");
  const load = takeSettings(command, "common", terminal);
  command.action(async (project: string | undefined, flags: Flags) => {
    const { config } = load("other");
    mustMakeSense(project, flags);
    await withDb(config, "index exempt", async (db) => {
      const { endExemption, exempt, getIndex, listExemptions } = await import("../../indexes/index.ts");
      const { parseName } = await import("../../packaging-standards/index.ts");
      const { id } = await getIndex(db, flags.index);
      if (project === undefined) {
        const rows = (await listExemptions(db, id)).map((one) => [
          one.project,
          one.exemptedAt.toString().slice(0, "2026-01-01".length),
          one.reason,
        ]);
        terminal.print(layOutRows([["PROJECT", "SINCE", "REASON"], ...rows]));
        return;
      }
      const name = parseName(project);
      if (flags.reason !== undefined) {
        await exempt(db, id, name, flags.reason);
        terminal.print(`${name} is exempt from min-age in ${flags.index}.\n`);
        return;
      }
      if (!(await endExemption(db, id, name))) throw new CommandFailed(`${name} is not exempt in ${flags.index}`);
      terminal.print(`${name} is exempt no more in ${flags.index}.\n`);
    });
  });
}

/** Either a list, or a project with a reason, or a project to be removed. */
function mustMakeSense(project: string | undefined, { list, remove, reason }: Flags): void {
  const isGood = list
    ? project === undefined && !remove && reason === undefined
    : project !== undefined && (remove === true) !== Boolean(reason?.trim());
  if (isGood) return;
  throw new ConfigurationMistakes([
    {
      place: "index exempt",
      sentence:
        "needs a project with --reason or --remove, or --list alone. Example: index exempt brie --reason 'urgent fix'",
    },
  ]);
}
