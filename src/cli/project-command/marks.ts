import type { Command } from "commander";
import type { HostedPage } from "../../indexes/index.ts";
import type { Mark } from "../../projects/index.ts";
import { reasonOption, toReason } from "../reason.ts";
import { takeSettings } from "../setting-flags.ts";
import type { Terminal } from "../terminal.ts";
import { withProject } from "./with-project.ts";

interface Flags {
  readonly index: string;
  readonly reason?: string;
}

/** The commands that begin and end each status of PEP 792. */
const commands: Record<
  Mark,
  { readonly begin: string; readonly end: string; readonly does: string; readonly ends: string }
> = {
  archived: {
    begin: "archive",
    end: "unarchive",
    does: "take no more uploads to a project; it can still be installed",
    ends: "take uploads to an archived project again",
  },
  quarantined: {
    begin: "quarantine",
    end: "unquarantine",
    does: "hide a project from lists and its files from installers, until somebody has looked at it",
    ends: "show a quarantined project again",
  },
  deprecated: {
    begin: "deprecate",
    end: "undeprecate",
    does: "tell everybody to use something else; nothing else changes",
    ends: "advise against a project no more",
  },
};

/** `project archive`, `project unarchive` and so on. */
export function addMarks(project: Command, terminal: Terminal): void {
  for (const mark of Object.keys(commands) as Mark[]) {
    addBegin(project, terminal, mark);
    addEnd(project, terminal, mark);
  }
}

function addBegin(group: Command, terminal: Terminal, mark: Mark): void {
  const { begin, does } = commands[mark];
  const command = group
    .command(begin)
    .description(does)
    .argument("<project>", "its name, in any spelling")
    .option("--index <name>", "in which index", "main")
    .option(...reasonOption);
  const load = takeSettings(command, "common", terminal);
  command.action(async (project: string, flags: Flags) => {
    const { config } = load("other");
    const reason = toReason(flags.reason);
    await withProject(config, { purpose: `project ${begin}`, project, ...flags }, async ({ page, target, changes }) => {
      const isChanged = await changes.mark(target, mark, reason);
      const already = page.status === mark && !isChanged ? " already" : "";
      terminal.print(`${page.displayName} is ${mark}${already}${inBrackets(reason ?? reasonNow(page, mark))}.\n`);
      if (isChanged && mark === "quarantined" && page.status === "archived") {
        terminal.print("It was archived. When the quarantine ends it takes uploads, until it is archived again.\n");
      }
    });
  });
}

function addEnd(group: Command, terminal: Terminal, mark: Mark): void {
  const { end, ends } = commands[mark];
  const command = group
    .command(end)
    .description(ends)
    .argument("<project>", "its name, in any spelling")
    .option("--index <name>", "in which index", "main");
  if (mark === "quarantined") command.alias("release");
  const load = takeSettings(command, "common", terminal);
  command.action(async (project: string, flags: Flags) => {
    const { config } = load("other");
    await withProject(config, { purpose: `project ${end}`, project, ...flags }, async ({ page, target, changes }) => {
      const isChanged = await changes.unmark(target, mark);
      terminal.print(`${page.displayName} is ${isChanged ? "active again" : `not ${mark}; it is ${page.status}`}.\n`);
    });
  });
}

const reasonNow = (page: HostedPage, mark: Mark) => (page.status === mark ? page.statusReason : null);

const inBrackets = (reason: string | null) => (reason ? ` (${reason})` : "");
