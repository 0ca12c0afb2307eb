import type { Command } from "commander";
import { addDelete } from "./release-command/delete.ts";
import { addQuarantine } from "./release-command/quarantine.ts";
import { addYank } from "./release-command/yank.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop release …`: what becomes of one version of a project. Running servers follow at once. */
export function addRelease(program: Command, terminal: Terminal): void {
  const release = program.command("release").description("yank, quarantine or delete releases");
  addYank(release, terminal);
  addQuarantine(release, terminal);
  addDelete(release, terminal);
}
