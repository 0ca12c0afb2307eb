import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import type { Finding } from "../upload/index.ts";
import { takeSettings } from "./setting-flags.ts";
import { FAILED, type Terminal } from "./terminal.ts";

interface Flags {
  readonly json?: true;
  readonly strict?: true;
}

interface Checked {
  readonly file: string;
  readonly findings: readonly Finding[];
}

/** Where the server's sentences send people when nothing says where it answers. */
const NOWHERE_YET = "http://127.0.0.1:8080/";

const EXAMPLE = `
Example: cheeseshop check dist/* --preset strict
Needs no server and no database. Ends with 1 when a file would be refused.`;

/** `cheeseshop check FILES…`: what an upload of these files would be refused for, on one's own machine. */
export function addCheck(program: Command, terminal: Terminal, exit: { code: number }): void {
  const command = program
    .command("check")
    .description("try the upload rules on distributions, without a server")
    .argument("<files...>", "wheels and source distributions")
    .option("--json", "print one JSON document")
    .option("--strict", "warnings count as well")
    .addHelpText("after", EXAMPLE);
  const load = takeSettings(command, "rules", terminal);
  command.action(async (files: readonly string[], flags: Flags) => {
    const { config } = load("other");
    const options = { rules: config.rules, publicUrl: config.publicUrl ?? NOWHERE_YET };
    const checked: Checked[] = [];
    for (const file of files) {
      const findings = await checkFile(file, options);
      checked.push({ file, findings });
      if (!flags.json) terminal.print(describe(file, findings));
    }
    const counts = (findings: readonly Finding[]) =>
      findings.some(({ severity }) => severity === "error" || flags.strict);
    const refused = checked.filter(({ findings }) => counts(findings)).length;
    if (flags.json) terminal.print(`${JSON.stringify({ ok: refused === 0, files: checked }, undefined, 2)}\n`);
    else if (files.length > 1) terminal.print(`\n${files.length - refused} of ${files.length} files are fine.\n`);
    if (refused > 0) exit.code = FAILED;
  });
}

async function checkFile(path: string, options: Parameters<typeof import("../upload/index.ts").checkDistribution>[2]) {
  const { checkDistribution } = await import("../upload/index.ts");
  const { bytesOfFile } = await import("../packaging-standards/index.ts");
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, "r");
  } catch (error) {
    return [unreadable(error instanceof Error ? error.message : String(error))];
  }
  try {
    if (!(await handle.stat()).isFile()) return [unreadable(`${path} is not a file`)];
    return await checkDistribution(await bytesOfFile(handle), basename(path), options);
  } finally {
    await handle.close();
  }
}

function unreadable(message: string): Finding {
  return {
    severity: "error",
    step: "S09 file is there",
    place: "file",
    message: `It cannot be read: ${message}`,
    todo: "Name files that exist, such as dist/*.whl.",
  };
}

/** One line for a good file; for another one, what is wrong, where, and what to do. */
function describe(file: string, findings: readonly Finding[]): string {
  const word = findings.some(({ severity }) => severity === "error")
    ? "REFUSED"
    : findings.length > 0
      ? "warning"
      : "ok";
  const lines = findings.flatMap(({ severity, place, message, todo }) => [
    `  ${severity} in ${place}:`,
    ...message.split("\n").map((line) => `    ${line}`),
    `    → ${todo}`,
  ]);
  return `${[`${word}  ${file}`, ...lines].join("\n")}\n`;
}
