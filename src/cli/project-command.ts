import type { Command } from "commander";
import { addDelete } from "./project-command/delete.ts";
import { addMarks } from "./project-command/marks.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop project …`: what becomes of a whole project that was uploaded here. Running servers follow at once. */
export function addProject(program: Command, terminal: Terminal): void {
  const project = program.command("project").description("archive, quarantine, deprecate or delete projects");
  addMarks(project, terminal);
  addDelete(project, terminal);
}
