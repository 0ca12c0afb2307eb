// `npm run bench:standards`: versions and requirements beside Python's `packaging`, wheels, and how soon `cheeseshop check`
// answers. Every figure is of a fresh process, ours and Python's in turn in each round.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPython } from "../peers/python.ts";
import { ROOT, SCRATCH } from "../places.ts";
import { say } from "../progress.ts";
import { printTable } from "../report.ts";
import { figure, ratioOf, spreadOf } from "../statistics.ts";
import { ownCpuOf } from "../usage.ts";
import { makeInputs, makeWheel } from "./inputs.ts";

const VERSIONS = 100_000;
const REQUIREMENTS = 20_000;
const MEGABYTE = 1024 * 1024;

interface TextTimes {
  readonly versions: number;
  readonly requirements: number;
  /** The last of the sorted versions: both sides have to agree. */
  readonly newest: string;
}

interface WheelCost {
  readonly cpu: number;
  readonly bytesRead: number;
  readonly memory: number;
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Array.from({ length: Math.max(1, Number(values.rounds) || 1) });

mkdirSync(SCRATCH, { recursive: true });
try {
  console.log(`Node ${process.version}, load average ${describeLoad()}, ${rounds.length} rounds`);
  await compareTexts();
  measureWheels();
  measureStart();
  console.log(`\nload average at the end: ${describeLoad()}`);
} finally {
  rmSync(SCRATCH, { recursive: true, force: true });
}

async function compareTexts(): Promise<void> {
  const inputs = join(SCRATCH, "inputs.json");
  writeFileSync(inputs, JSON.stringify(makeInputs(VERSIONS, REQUIREMENTS)));
  const python = await installPython("packaging");
  const ours: TextTimes[] = [];
  const theirs: TextTimes[] = [];
  for (const _ of rounds) {
    ours.push(ask(process.execPath, script("texts.ts"), inputs));
    if (python) theirs.push(ask(python.program("python"), script("texts.py"), inputs));
  }
  if (theirs.some(({ newest }, round) => newest !== ours[round]?.newest)) throw new Error("the orders differ");
  const row = (title: string, of: (times: TextTimes) => number) => [
    title,
    inMilliseconds(ours.map(of)),
    inMilliseconds(theirs.map(of)),
    theirs.length > 0 ? `${figure(ratioOf(theirs.map(of), ours.map(of))?.median ?? Number.NaN)}×` : "",
  ];
  printTable(
    "Texts, milliseconds of CPU, median (min–max)",
    ["what", "ours", `packaging ${python?.version ?? "absent"}`, "ours is faster"],
    [
      row(`${VERSIONS.toLocaleString("en")} versions parsed and sorted`, ({ versions }) => versions),
      row(`${REQUIREMENTS.toLocaleString("en")} requirements parsed`, ({ requirements }) => requirements),
    ],
  );
}

function measureWheels(): void {
  const wheels = [
    { title: "100 MB, 200 members", ...makeWheel(200, 100 * MEGABYTE) },
    { title: "5,000 members", ...makeWheel(5000, 0) },
  ];
  const rows: string[][] = [];
  for (const { title, filename, bytes } of wheels) {
    const folder = join(SCRATCH, `${bytes.length}`);
    mkdirSync(folder);
    const file = join(folder, filename);
    writeFileSync(file, bytes);
    for (const [what, does] of [
      ["metadata", "METADATA alone"],
      ["all", "all checks"],
    ] as const) {
      const costs = rounds.map((): WheelCost => ask(process.execPath, script("wheel.ts"), what, file));
      rows.push([
        `${title}: ${does}`,
        inMilliseconds(costs.map(({ cpu }) => cpu)),
        figure((spreadOf(costs.map(({ memory }) => memory))?.median ?? 0) / 1e6),
        figure((costs[0]?.bytesRead ?? 0) / 1e3),
      ]);
    }
  }
  printTable("Wheels, the first in a process", ["what", "CPU, ms", "memory, MB", "read, KB"], rows);
}

/** `cheeseshop check` of a small wheel, from the start of the process to its end. */
function measureStart(): void {
  const { filename, bytes } = makeWheel(20, 0);
  const file = join(SCRATCH, filename);
  writeFileSync(file, bytes);
  const program = join(ROOT, "dist", "main.js");
  const took = rounds.map(() => {
    const [began, cpu] = [performance.now(), ownCpuOf(process.pid)];
    execFileSync(process.execPath, [program, "check", file], { stdio: ["ignore", "ignore", "inherit"] });
    return { wall: (performance.now() - began) / 1000, cpu: ownCpuOf(process.pid) - cpu };
  });
  printTable(
    "cheeseshop check of a small wheel, milliseconds",
    ["wall clock", "CPU"],
    [[inMilliseconds(took.map(({ wall }) => wall)), inMilliseconds(took.map(({ cpu }) => cpu))]],
  );
}

/** Runs a program that prints JSON. */
function ask<T>(command: string, ...words: readonly string[]): T {
  say([command.split("/").at(-1), ...words.map((word) => word.split("/").at(-1))].join(" "));
  return JSON.parse(execFileSync(command, words, { encoding: "utf8" }));
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}

function inMilliseconds(seconds: readonly number[]): string {
  const spread = spreadOf(seconds.map((value) => value * 1000));
  return spread ? `${figure(spread.median)} (${figure(spread.min)}–${figure(spread.max)})` : "";
}

function describeLoad(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(" ");
}
