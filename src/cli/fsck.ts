import type { Command } from "commander";
import { createProcessLog } from "../platform/log/create-log.ts";
import { withDatabase } from "./database.ts";
import { takeSettings } from "./setting-flags.ts";
import { FAILED, type Terminal } from "./terminal.ts";

interface FsckFlags {
  readonly deep?: true;
  readonly repair?: true;
  readonly sweep?: true;
  readonly json?: true;
}

const EXAMPLE = `
Example: cheeseshop fsck --deep
Without --deep the size of every file is compared, and 200 projects with their journal. Ends with 1 when there are problems.`;

/** `cheeseshop fsck`: whether rows, files and journal agree. */
export function addFsck(program: Command, terminal: Terminal, exit: { code: number }): void {
  const command = program
    .command("fsck")
    .description("compare rows, files and journal, also while the server runs")
    .option("--deep", "read every file and replay the journal of every project")
    .option("--repair", "mark files whose bytes are missing or wrong as lost, and those found again as stored")
    .option("--sweep", "remove bytes that nothing names and that are a day old")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE);
  const load = takeSettings(command, "common", terminal);
  command.action(async (flags: FsckFlags) => {
    const { config } = load("other");
    const log = createProcessLog("warn");
    const { requireCatalogue, withFiles } = await import("./open-files.ts");
    const { createDigestPool } = await import("../platform/crypto/digest-pool.ts");
    const { createDb } = await import("../platform/db/pool.ts");
    const { runChecks } = await import("./fsck/run-checks.ts");
    const { NOTIFY } = await import("./notifications.ts");
    const { progressOn } = await import("./progress-on.ts");
    await requireCatalogue(config);
    const digests = createDigestPool();
    try {
      const report = await withDatabase({ config, log, purpose: "fsck" }, (pool) =>
        withFiles(config, log, pool, (store) =>
          runChecks({
            db: createDb(pool),
            store,
            digests,
            now: Temporal.Now.instant(),
            isDeep: flags.deep ?? false,
            mayRepair: flags.repair ?? false,
            maySweep: flags.sweep ?? false,
            announceLost: async (blake2b) => {
              await pool.query(NOTIFY, [JSON.stringify({ change: { kind: "file", blake2b } })]);
            },
            startProgress: progressOn(terminal),
          }),
        ),
      );
      const isClean = report.findings.every(({ kind }) => kind === "note");
      const { describeReport } = await import("./fsck/describe-report.ts");
      terminal.print(flags.json ? `${JSON.stringify({ isClean, ...report })}\n` : describeReport(report));
      if (!isClean) exit.code = FAILED;
    } finally {
      await digests.close();
    }
  });
}
