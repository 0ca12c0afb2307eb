// What the project means to reach. A goal counts as missed only when its best round misses it.

import type { ReadCase } from "./entrants.ts";
import { perCpuSecond, printTable, type ReadResults } from "./report.ts";
import { figure, ratioOf, type Spread, spreadOf } from "./statistics.ts";
import type { LatencyResult } from "./uploads/measure-latency.ts";
import type { UploadResult } from "./uploads/measure-uploads.ts";

interface ReadGoal {
  readonly subject: ReadCase;
  readonly these: string;
  readonly those: string;
  readonly atLeast: number;
}

const ours = (subject: ReadCase, those: string, atLeast: number): ReadGoal => ({
  subject,
  these: "ours",
  those,
  atLeast,
});

const readGoals: readonly ReadGoal[] = [
  ours("page-50k", "nginx static", 0.3),
  ours("not-modified", "nginx static", 0.35),
  ours("page-50k", "bare node:http", 0.8),
  { ...ours("page-50k", "nginx static", 0.65), these: "ours behind nginx" },
  ours("page-50k", "devpi", 40),
  ours("page-50k", "proxpi", 10),
  ours("page-50k", "pypiserver, 1,000 files", 300),
  ours("page-50k", "ours, 1,000 files", 0.9),
  { ...ours("file-20m", "nginx static", 0.9), these: "ours behind nginx" },
];
const uploadGoals = [
  { those: "devpi", atLeast: 4 },
  { those: "pypiserver", atLeast: 0.5 },
] as const;

/** Milliseconds that any request takes while ten files of 100 MB arrive. */
const LONGEST = 500;

export function printGoals(
  reads: ReadResults,
  uploads: readonly UploadResult[],
  latencies: readonly LatencyResult[],
): void {
  const rows = readGoals.map(({ subject, these, those, atLeast }) => {
    const [one, other] = [these, those].map((name) => reads[subject]?.find((result) => result.name === name));
    const ratio = one && other && ratioOf(perCpuSecond(one), perCpuSecond(other));
    return rowOf(`${subject}: ${these} to ${those}`, atLeast, ratio);
  });
  for (const { those, atLeast } of uploadGoals) {
    const [one, other] = ["ours", those].map((name) => uploads.find((result) => result.name === name));
    const ratio = one && other && ratioOf(one.perSecond, other.perSecond);
    rows.push(rowOf(`uploads: ours to ${those}`, atLeast, ratio));
  }
  const longest = spreadOf(latencies.flatMap((result) => result.longest.slice(0, 1).map(({ took }) => took)));
  rows.push(rowAtMost("beside ten uploads of 100 MB: the longest request, ms", LONGEST, longest));
  printTable("Goals (per CPU second; uploads per second)", ["ratio", "goal", "median", "min–max", ""], rows);
}

function rowOf(name: string, atLeast: number, ratio: Spread | undefined): readonly string[] {
  if (ratio === undefined) return [name, `≥ ${atLeast}`, "", "", "not measured"];
  const { median, min, max } = ratio;
  const verdict = median >= atLeast ? "met" : max >= atLeast ? "met by the best round" : "missed";
  return [name, `≥ ${atLeast}`, figure(median), `${figure(min)}–${figure(max)}`, verdict];
}

export function rowAtMost(name: string, atMost: number, spread: Spread | undefined): readonly string[] {
  if (spread === undefined) return [name, `≤ ${atMost}`, "", "", "not measured"];
  const { median, min, max } = spread;
  const verdict = median <= atMost ? "met" : min <= atMost ? "met by the best round" : "missed";
  return [name, `≤ ${atMost}`, figure(median), `${figure(min)}–${figure(max)}`, verdict];
}
