import type { Command } from "commander";
import { confirm, mustBeAskable, yesOption } from "../confirm.ts";
import { counted } from "../counted.ts";
import { withProject } from "../project-command/with-project.ts";
import { takeSettings } from "../setting-flags.ts";
import type { Terminal } from "../terminal.ts";
import { pickRelease } from "./pick-release.ts";

interface Flags {
  readonly index: string;
  readonly yes?: true;
}

/** `release delete PROJECT VERSION` */
export function addDelete(group: Command, terminal: Terminal): void {
  const command = group
    .command("delete")
    .description("delete a release with its files; their names are never free again, their addresses go on answering")
    .argument("<project>", "its name, in any spelling")
    .argument("<version>")
    .option("--index <name>", "in which index", "main")
    .option(...yesOption);
  const load = takeSettings(command, "common", terminal);
  command.action(async (project: string, version: string, flags: Flags) => {
    const { config } = load("other");
    mustBeAskable(terminal, flags, "release delete");
    await withProject(config, { purpose: "release delete", project, ...flags }, async (found) => {
      const { page, target, changes } = found;
      const release = await pickRelease(found, version);
      const files = page.files.filter((file) => file.version === release.version);
      const what = `${page.displayName} ${release.version}, with ${counted(files.length, "file")}`;
      const loss = `This deletes ${what}, from the index ${flags.index}. The names of its files can never be used again.`;
      await confirm(terminal, flags, loss, release.version);
      await changes.deleteRelease(target, release.version);
      terminal.print(`Deleted ${what}.\n`);
    });
  });
}
