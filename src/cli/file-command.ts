import type { Command } from "commander";
import { suggest } from "../platform/config/suggest.ts";
import { confirm, mustBeAskable, yesOption } from "./confirm.ts";
import { type FoundProject, withProject } from "./project-command/with-project.ts";
import { takeSettings } from "./setting-flags.ts";
import { CommandFailed, type Terminal } from "./terminal.ts";

interface Flags {
  readonly index: string;
  readonly yes?: true;
}

/** `cheeseshop file delete PROJECT FILENAME` */
export function addFile(program: Command, terminal: Terminal): void {
  const command = program
    .command("file")
    .description("files of releases")
    .command("delete")
    .description("delete a file; its name is never free again, its address goes on answering")
    .argument("<project>", "whose file, in any spelling")
    .argument("<filename>", "as the project's page lists it")
    .option("--index <name>", "in which index", "main")
    .option(...yesOption);
  const load = takeSettings(command, "common", terminal);
  command.action(async (project: string, filename: string, flags: Flags) => {
    const { config } = load("other");
    mustBeAskable(terminal, flags, "file delete");
    await withProject(config, { purpose: "file delete", project, ...flags }, async (found) => {
      mustBeListed(found, filename);
      const { page, target, changes } = found;
      const loss = `This deletes ${filename} from the index ${flags.index}. Its name can never be used again.`;
      await confirm(terminal, flags, loss, page.displayName);
      await changes.deleteFile(target, filename);
      terminal.print(`Deleted ${filename}.\n`);
    });
  });
}

function mustBeListed({ page: { files, displayName } }: FoundProject, filename: string): void {
  const names = files.map((file) => file.filename);
  if (names.includes(filename)) return;
  const near = suggest(filename, names);
  throw new CommandFailed(
    `${displayName} has no file ${filename}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
