// `npm run bench`: our server against others, in one run on one machine, round by round in turn.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureDisk } from "./disk.ts";
import { type Peers, type ReadCase, readCases, startEntrants } from "./entrants.ts";
import { removeOldFills } from "./fill.ts";
import { printGoals } from "./goals.ts";
import { describeLoad, describeMachine, printFacts } from "./machine.ts";
import { measureReads } from "./measure-reads.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { findTool } from "./peers/debian.ts";
import { installPython } from "./peers/python.ts";
import { SCRATCH } from "./places.ts";
import { stopEverything } from "./processes.ts";
import { profileReads, profileUploads } from "./profile.ts";
import { say } from "./progress.ts";
import { printDisk, printLatency, printReads, printStarts, printUploads, type ReadResults } from "./report.ts";
import { measureStarts } from "./start-up.ts";
import { type LatencyResult, measureLatency } from "./uploads/measure-latency.ts";
import { measureUploads, type UploadResult } from "./uploads/measure-uploads.ts";

/** Starts of each server, at most: a start of the large pypiserver takes its time. */
const STARTS = 3;
const UPLOADS_PER_ROUND = 50;

let ending: Promise<void> | undefined;
/** Once, however this process ends. */
function end(): Promise<void> {
  ending ??= stopEverything().finally(() => rmSync(SCRATCH, { recursive: true, force: true }));
  return ending;
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    say("Stopping every server that was started …");
    void end().finally(() => process.exit(130));
  });
}

process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  // The database's user has to get through to the folders below.
  mkdirSync(SCRATCH, { recursive: true, mode: 0o711 });
  try {
    if (!options.profile) await compare(options);
    else if (options.only[0] === "uploads") await profileUploads(500);
    else await profileReads(options.only.find(isReadCase) ?? "page-50k", 10);
    return 0;
  } catch (error) {
    if (ending !== undefined) return 130;
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  } finally {
    await end();
  }
}

async function compare(options: Options): Promise<void> {
  const { only, rounds, seconds, isQuick } = options;
  const machine = describeMachine();
  printFacts(machine);
  const wrk = await findTool("wrk");
  const peers: Peers | undefined = isQuick
    ? undefined
    : {
        pypiserver: await installPython("pypiserver"),
        devpi: await installPython("devpi"),
        proxpi: await installPython("proxpi"),
      };
  if (peers) {
    const versions = Object.entries(peers).map(([name, peer]) => `${name} ${peer?.version ?? "absent"}`);
    console.log(`peers: ${versions.join(", ")}`);
  }

  const disk = only.includes("disk") ? measureDisk(join(SCRATCH, "disk"), rounds) : undefined;
  if (disk) printDisk(disk);
  const reads: ReadResults = {};
  const subjects = only.filter(isReadCase);
  if (subjects.length > 0) {
    const entrants = await startEntrants(peers);
    for (const subject of subjects) {
      const results = await measureReads(subject, entrants, { rounds, seconds, wrk });
      reads[subject] = results;
      printReads(subject, results);
    }
    await stopEverything();
  }
  let uploads: readonly UploadResult[] = [];
  if (only.includes("uploads")) {
    uploads = await measureUploads({
      rounds,
      each: UPLOADS_PER_ROUND,
      pypiserver: peers?.pypiserver,
      devpi: peers?.devpi,
    });
    printUploads(uploads);
  }
  let latencies: readonly LatencyResult[] = [];
  if (only.includes("latency")) {
    latencies = await measureLatency(rounds);
    printLatency(latencies);
  }
  const starts = only.includes("start-up") ? await measureStarts(Math.min(rounds, STARTS), peers) : [];
  if (starts.length > 0) printStarts(starts);
  printGoals(reads, uploads, latencies);
  const load = describeLoad();
  console.log(`\nload average at the end: ${load}`);
  if (options.json !== undefined) {
    writeFileSync(
      options.json,
      JSON.stringify({ machine, load, disk, reads, uploads, latencies, starts }, undefined, 2),
    );
  }
  await removeOldFills();
}

function isReadCase(name: string): name is ReadCase {
  return Object.hasOwn(readCases, name);
}
