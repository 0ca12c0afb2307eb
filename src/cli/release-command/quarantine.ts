import type { Command } from "commander";
import { withProject } from "../project-command/with-project.ts";
import { takeSettings } from "../setting-flags.ts";
import type { Terminal } from "../terminal.ts";
import { pickRelease } from "./pick-release.ts";

const commands = [
  {
    verb: "quarantine",
    isQuarantined: true,
    does: "hide a release and its files from installers, until somebody has looked at it",
    done: "is quarantined",
    vain: "is quarantined already",
  },
  {
    verb: "unquarantine",
    isQuarantined: false,
    does: "show a quarantined release again",
    done: "is quarantined no more",
    vain: "is not quarantined",
  },
] as const;

/** `release quarantine` and `release unquarantine`. */
export function addQuarantine(group: Command, terminal: Terminal): void {
  for (const { verb, isQuarantined, does, done, vain } of commands) {
    const command = group
      .command(verb)
      .description(does)
      .argument("<project>", "its name, in any spelling")
      .argument("<version>")
      .option("--index <name>", "in which index", "main");
    const load = takeSettings(command, "common", terminal);
    command.action(async (project: string, version: string, flags: { readonly index: string }) => {
      const { config } = load("other");
      await withProject(config, { purpose: `release ${verb}`, project, ...flags }, async (found) => {
        const release = await pickRelease(found, version);
        const isChanged = await found.changes.quarantineRelease(found.target, release.version, isQuarantined);
        terminal.print(`${found.page.displayName} ${release.version} ${isChanged ? done : vain}.\n`);
      });
    });
  }
}
