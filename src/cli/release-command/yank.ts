import type { Command } from "commander";
import { withProject } from "../project-command/with-project.ts";
import { reasonOption, toReason } from "../reason.ts";
import { takeSettings } from "../setting-flags.ts";
import type { Terminal } from "../terminal.ts";
import { pickRelease } from "./pick-release.ts";

interface Flags {
  readonly index: string;
  readonly reason?: string;
}

/** `release yank` and `release unyank` (PEP 592). */
export function addYank(group: Command, terminal: Terminal): void {
  const yank = group
    .command("yank")
    .description("have installers choose a release only where exactly its version is asked for")
    .argument("<project>", "its name, in any spelling")
    .argument("<version>")
    .option("--index <name>", "in which index", "main")
    .option(...reasonOption);
  const loadForYank = takeSettings(yank, "common", terminal);
  yank.action(async (project: string, version: string, flags: Flags) => {
    const { config } = loadForYank("other");
    const reason = toReason(flags.reason);
    await withProject(config, { purpose: "release yank", project, ...flags }, async (found) => {
      const release = await pickRelease(found, version);
      const isChanged = await found.changes.yank(found.target, release.version, reason);
      const why = reason ?? release.yankedReason;
      terminal.print(
        `${found.page.displayName} ${release.version} is yanked${isChanged ? "" : " already"}${why && ` (${why})`}.\n`,
      );
    });
  });

  const unyank = group
    .command("unyank")
    .description("let installers choose a yanked release again")
    .argument("<project>", "its name, in any spelling")
    .argument("<version>")
    .option("--index <name>", "in which index", "main");
  const loadForUnyank = takeSettings(unyank, "common", terminal);
  unyank.action(async (project: string, version: string, flags: Flags) => {
    const { config } = loadForUnyank("other");
    await withProject(config, { purpose: "release unyank", project, ...flags }, async (found) => {
      const release = await pickRelease(found, version);
      const isChanged = await found.changes.unyank(found.target, release.version);
      terminal.print(
        `${found.page.displayName} ${release.version} is ${isChanged ? "yanked no more" : "not yanked"}.\n`,
      );
    });
  });
}
