import { Command, CommanderError } from "commander";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { suggest } from "../platform/config/suggest.ts";
import { Problem } from "../platform/errors/problem.ts";
import { scrub } from "../platform/log/scrub.ts";
import { addBackup } from "./backup.ts";
import { addCheck } from "./check.ts";
import { addConfig } from "./config.ts";
import { addFile } from "./file-command.ts";
import { addFsck } from "./fsck.ts";
import { helpScreen } from "./help-screen.ts";
import { addIndex } from "./index-command.ts";
import { addJobs } from "./jobs.ts";
import { addMigrate } from "./migrate.ts";
import { addMirror } from "./mirror.ts";
import { addNginxConfig } from "./nginx-config.ts";
import { readVersion } from "./package-root.ts";
import { addProject } from "./project-command.ts";
import { addRelease } from "./release-command.ts";
import { addRestore } from "./restore.ts";
import { addServe } from "./serve.ts";
import { addSet } from "./set.ts";
import { CommandFailed, FAILED, MISUSED, type Terminal } from "./terminal.ts";
import { addToken } from "./token.ts";
import { addUser } from "./user.ts";

/** Runs one command line (without the program's own name) and returns its exit code. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command("cheeseshop").exitOverride().helpCommand(false);
  program.configureOutput({ writeOut: terminal.print, writeErr: terminal.complain });
  program.version(readVersion());
  const exit = { code: 0 };
  addServe(program, terminal, exit);
  addToken(program, terminal);
  addUser(program, terminal);
  addIndex(program, terminal);
  addProject(program, terminal);
  addRelease(program, terminal);
  addFile(program, terminal);
  addConfig(program, terminal);
  addSet(program, terminal);
  addNginxConfig(program, terminal);
  addMigrate(program, terminal);
  addCheck(program, terminal, exit);
  addJobs(program, terminal);
  addFsck(program, terminal, exit);
  addMirror(program, terminal, exit);
  addBackup(program, terminal);
  addRestore(program, terminal);
  program.helpInformation = helpScreen;

  const unknown = describeUnknownCommand(words, program);
  if (unknown !== undefined) {
    terminal.complain(unknown);
    return MISUSED;
  }
  try {
    await program.parseAsync(words, { from: "user" });
    return exit.code;
  } catch (error) {
    return report(error, terminal);
  }
}

/** A first word that is no command would otherwise be taken for a stray word behind `serve`. */
function describeUnknownCommand([first]: readonly string[], program: Command): string | undefined {
  const known = program.commands.map((command) => command.name());
  if (first === undefined || first.startsWith("-") || known.includes(first)) return undefined;
  const near = suggest(first, known);
  return `There is no command ${first}; ${near ? `did you mean ${near}?` : `there are ${known.join(", ")}.`}\n`;
}

/** Says what went wrong, for a person; the exit code tells whose fault it was. */
function report(error: unknown, terminal: Terminal): number {
  // Commander has said it already. Its code is 0 for --help and --version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  if (error instanceof ConfigurationMistakes) {
    terminal.complain(`${error.message}\n`);
    return MISUSED;
  }
  terminal.complain(`${describeFailure(error)}\n`);
  return FAILED;
}

function describeFailure(error: unknown): string {
  if (error instanceof Problem || error instanceof CommandFailed) return scrub(error.message);
  if (!(error instanceof Error)) return scrub(String(error));
  // What the operating system or the database says is about the world; anything else is a mistake of ours.
  return scrub("code" in error ? error.message || String(error.code) : (error.stack ?? error.message));
}
