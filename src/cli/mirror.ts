import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { takeSettings } from "./setting-flags.ts";
import { CommandFailed, FAILED, type Terminal } from "./terminal.ts";

interface Flags {
  readonly requirements?: string;
  readonly lock?: string;
  readonly index: string;
  readonly only?: readonly string[];
}

const EXAMPLE = `
Example: cheeseshop mirror warm --lock uv.lock --only '*manylinux*x86_64*'
What is here already is not fetched again, so it can be run again after it was interrupted.`;

/** `cheeseshop mirror …`: work on what is kept of upstreams. */
export function addMirror(program: Command, terminal: Terminal, exit: { code: number }): void {
  const mirror = program.command("mirror").description("files of upstreams that are kept here");
  const command = mirror
    .command("warm")
    .description("fetch ahead what a project needs, also while the server runs")
    .option("--requirements <file>", "a requirements file: of each project the newest release that fits")
    .option("--lock <file>", "uv.lock, poetry.lock, pdm.lock or pylock.toml: the files that it names")
    .option("--index <name>", "the index that would be asked for them", "main")
    .option("--only <pattern...>", "of wheels for certain platforms those whose names match, with * for anything")
    .addHelpText("after", EXAMPLE);
  const load = takeSettings(command, "common", terminal);
  command.action(async (flags: Flags) => {
    const { config } = load("other");
    const list = await readList(flags, terminal.cwd);
    const { warmUp } = await import("./warm-up.ts");
    const isDone = await warmUp({ config, list, index: flags.index, only: flags.only ?? [], terminal });
    if (!isDone) exit.code = FAILED;
  });
}

async function readList({ requirements, lock }: Flags, cwd: string) {
  const path = requirements ?? lock;
  if (path === undefined || (requirements !== undefined && lock !== undefined)) {
    throw new ConfigurationMistakes([
      { place: "mirror warm", sentence: "needs either --requirements FILE or --lock FILE. Example: --lock uv.lock" },
    ]);
  }
  const { parseLock, parseRequirementsFile, UnreadableList } = await import("../mirror/index.ts");
  try {
    const text = await readFile(resolve(cwd, path), "utf8");
    return requirements === undefined ? parseLock(text) : parseRequirementsFile(text);
  } catch (cause) {
    const isOurs = cause instanceof UnreadableList || (cause instanceof Error && "code" in cause);
    if (!isOurs) throw cause;
    throw new CommandFailed(`${path} cannot be used: ${cause.message}`, { cause });
  }
}
