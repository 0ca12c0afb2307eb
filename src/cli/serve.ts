import type { Command } from "commander";
import { helpScreen } from "./help-screen.ts";
import { takeSettings } from "./setting-flags.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop serve`, and what `cheeseshop` alone does. */
export function addServe(program: Command, terminal: Terminal, exit: { code: number }): void {
  const command = program.command("serve", { isDefault: true }).description("answer requests");
  command.helpInformation = helpScreen;
  const load = takeSettings(command, "all", terminal);
  command.action(async () => {
    const loaded = load("serve");
    const { supervise } = await import("./supervisor.ts");
    exit.code = await supervise(loaded, terminal);
  });
}
