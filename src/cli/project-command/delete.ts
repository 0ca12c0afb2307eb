import type { Command } from "commander";
import { confirm, mustBeAskable, yesOption } from "../confirm.ts";
import { counted } from "../counted.ts";
import { takeSettings } from "../setting-flags.ts";
import type { Terminal } from "../terminal.ts";
import { withProject } from "./with-project.ts";

interface Flags {
  readonly index: string;
  readonly yes?: true;
}

/** `project delete NAME` */
export function addDelete(group: Command, terminal: Terminal): void {
  const command = group
    .command("delete")
    .description("delete a project with all its releases; its name is free again, the names of its files are not")
    .argument("<project>", "its name, in any spelling")
    .option("--index <name>", "in which index", "main")
    .option(...yesOption);
  const load = takeSettings(command, "common", terminal);
  command.action(async (project: string, flags: Flags) => {
    const { config } = load("other");
    mustBeAskable(terminal, flags, "project delete");
    await withProject(config, { purpose: "project delete", project, ...flags }, async ({ page, target, changes }) => {
      const size = `${counted(page.releases.length, "release")} and ${counted(page.files.length, "file")}`;
      const loss = `This deletes the project ${page.displayName} of the index ${flags.index}, with ${size}. Anyone who may upload can then take its name.`;
      await confirm(terminal, flags, loss, page.displayName);
      await changes.deleteProject(target);
      terminal.print(`Deleted ${page.displayName}, with ${size}. No upstream is asked for it.\n`);
    });
  });
}
