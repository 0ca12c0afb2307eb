// The job process: does what was left for later, obeys the supervisor, and ends when the supervisor does.
import { configFromTexts } from "../platform/config/resolve.ts";
import { createJobs } from "../platform/jobs/create-jobs.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import { baseUrlOf } from "./addresses.ts";
import { createAnnouncements } from "./announcements.ts";
import { createAppDeps } from "./app-deps.ts";
import { jobKinds } from "./job-kinds.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";

/** What a job may still take when the server stops, in milliseconds; a later attempt does the rest. */
const DRAIN = 10_000;

/** Understands of a worker's messages those that are not about requests. */
export function runJobProcess(): void {
  // Terminals and npm signal the whole process group; only the supervisor's word counts.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(1));

  const announcements = createAnnouncements(tell);
  let stop = async () => {};

  process.on("message", (message: ToWorker) => {
    if (message.kind === "start") start(message).catch((error: unknown) => fail(error));
    else if (message.kind === "settled") announcements.settled(message.id);
    else if (message.kind === "drain") void stop().finally(() => process.exit(0));
  });

  async function start({ texts, connection, port, fetcher }: Extract<ToWorker, { kind: "start" }>): Promise<void> {
    const config = configFromTexts(texts);
    const log = createProcessLog(config.logLevel, "jobs");
    process.on("uncaughtException", (error) => {
      log.error({ err: error }, `the job process ends because of a mistake in the program: ${error.message}`);
      process.exit(1);
    });
    const { deps, close } = await createAppDeps({
      config,
      connection,
      publicUrl: baseUrlOf(config, port),
      log,
      fetcher,
      // Nothing is remembered here that a change could make untrue.
      changes: { announce: announcements.announce, listen: () => {} },
    });
    const jobs = createJobs({ ...deps, kinds: jobKinds(deps) });
    stop = async () => {
      await jobs.stop(DRAIN);
      await close();
    };
    jobs.start();
    tell({ kind: "prepared" });
  }
}

function fail(error: unknown): void {
  tell({ kind: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function tell(message: ToSupervisor): void {
  process.send?.(message, undefined, undefined, () => {});
}
