import type { Command } from "commander";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import type { ListedJob } from "../platform/jobs/queries.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import { withDatabase } from "./database.ts";
import { takeSettings } from "./setting-flags.ts";
import { layOutRows } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const LISTED = 100;
const LONGEST_ERROR = 100;
const WHEN = { waiting: "due", running: "lease ends", failed: "failed" } as const;

/** `cheeseshop jobs …`: what was left for later. */
export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program.command("jobs").description("work for later");
  addList(jobs, terminal);
  addRetry(jobs, terminal);
}

function addList(jobs: Command, terminal: Terminal): void {
  const command = jobs.command("list", { isDefault: true }).description("what failed, runs and waits");
  const load = takeSettings(command, "common", terminal);
  command.action(async () => {
    const { config } = load("other");
    const { createDb } = await import("../platform/db/pool.ts");
    const { countJobs, listJobs } = await import("../platform/jobs/queries.ts");
    await withDatabase({ config, log: createProcessLog("warn"), purpose: "jobs" }, async (pool) => {
      const db = createDb(pool);
      const { failed, running, waiting } = await countJobs(db);
      const listed = await listJobs(db, LISTED);
      if (listed.length > 0) {
        terminal.print(layOutRows([["ID", "KIND", "STATE", "ATTEMPTS", "WHEN", "LAST ERROR"], ...listed.map(toRow)]));
      }
      terminal.print(`${failed} failed, ${running} running, ${waiting} waiting.\n`);
    });
  });
}

function toRow({ id, kind, state, attempts, at, error }: ListedJob): readonly string[] {
  const moment = `${WHEN[state]} ${at.toString({ smallestUnit: "second" })}`;
  // The error may be of any length and have any characters; a line of a table is a line.
  const line = (error ?? "").replace(/[\p{Cc}\s]+/gu, " ").slice(0, LONGEST_ERROR);
  return [String(id), kind, state, String(attempts), moment, line];
}

function addRetry(jobs: Command, terminal: Terminal): void {
  const command = jobs
    .command("retry")
    .description("let failed jobs be tried again: all, or those with these numbers")
    .argument("[ids...]");
  const load = takeSettings(command, "common", terminal);
  command.action(async (words: readonly string[]) => {
    const { config } = load("other");
    const ids = words.map(parseId);
    const { createDb } = await import("../platform/db/pool.ts");
    const { retryFailed } = await import("../platform/jobs/queries.ts");
    await withDatabase({ config, log: createProcessLog("warn"), purpose: "jobs" }, async (pool) => {
      const count = await retryFailed(createDb(pool), ids.length > 0 ? ids : "all", Temporal.Now.instant());
      terminal.print(`${count} ${count === 1 ? "job is" : "jobs are"} tried again.\n`);
    });
  });
}

function parseId(word: string): number {
  const id = Number(word);
  if (/^\d+$/.test(word) && Number.isSafeInteger(id)) return id;
  throw new ConfigurationMistakes([
    { place: word, sentence: "is no number of a job. Example: cheeseshop jobs retry 17" },
  ]);
}
