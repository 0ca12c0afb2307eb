// Tables that read well on a terminal and in Markdown alike.
import type { DiskRates } from "./disk.ts";
import { type ReadCase, readCases } from "./entrants.ts";
import type { ReadResult } from "./measure-reads.ts";
import type { StartResult } from "./start-up.ts";
import { figure, ratioOf, type Spread, spreadOf } from "./statistics.ts";
import type { LatencyResult } from "./uploads/measure-latency.ts";
import type { UploadResult } from "./uploads/measure-uploads.ts";

export type ReadResults = Partial<Record<ReadCase, readonly ReadResult[]>>;

/** Requests per second of the server's CPU, one per round. */
export const perCpuSecond = ({ rounds }: ReadResult) => rounds.map(({ requests, cpu }) => requests / cpu);

export function printReads(subject: ReadCase, results: readonly ReadResult[]): void {
  const ours = results.find(({ name }) => name === "ours");
  const nginx = results.find(({ name }) => name === "nginx static");
  const bare = results.find(({ name }) => name === "bare node:http");
  const against = (result: ReadResult, other: ReadResult | undefined) =>
    other === undefined || other === result ? "" : show(ratioOf(perCpuSecond(result), perCpuSecond(other)), "median");
  printTable(
    `${readCases[subject].title} (${(ours?.bytes ?? 0).toLocaleString("en")} bytes of body from us)`,
    ["server", "requests per CPU second", "min–max", "of nginx", "of bare", "ours is", "requests/s", "bytes"],
    results.map((result) => [
      result.name,
      show(spreadOf(perCpuSecond(result)), "median"),
      show(spreadOf(perCpuSecond(result)), "range"),
      against(result, nginx),
      against(result, bare),
      ours && result !== ours ? `${show(ratioOf(perCpuSecond(ours), perCpuSecond(result)), "median")}×` : "",
      show(spreadOf(result.rounds.map(({ requests, seconds }) => requests / seconds)), "median"),
      result.bytes.toLocaleString("en"),
    ]),
  );
}

export function printUploads(results: readonly UploadResult[]): void {
  const ours = results.find(({ name }) => name === "ours");
  printTable(
    "Uploads of small wheels, one after the other",
    ["server", "uploads/s", "min–max", "ours is", "CPU each, ms"],
    results.map((result) => [
      result.name,
      show(spreadOf(result.perSecond), "median"),
      show(spreadOf(result.perSecond), "range"),
      ours && result !== ours ? `${show(ratioOf(ours.perSecond, result.perSecond), "median")}×` : "",
      show(spreadOf(result.cpuEach.map((seconds) => seconds * 1000)), "median"),
    ]),
  );
}

export function printLatency(results: readonly LatencyResult[]): void {
  printTable(
    "Requests beside ten uploads of 100 MB at once, milliseconds",
    ["round", "requests", "uploads took, s", "median", "99 %", "longest", "of which kind"],
    results.map(({ requests, seconds, median, percentile99, longest: [longest] }, at) => [
      String(at + 1),
      requests.toLocaleString("en"),
      figure(seconds),
      figure(median),
      figure(percentile99),
      longest === undefined ? "" : figure(longest.took),
      longest?.kind ?? "",
    ]),
  );
}

export function printStarts(results: readonly StartResult[]): void {
  const inMegabytes = (bytes: readonly number[]) => show(spreadOf(bytes.map((value) => value / 1e6)), "median");
  printTable(
    "Start until the first answer; memory (PSS) two seconds later",
    ["server", "start, s", "min–max", "memory, MB", "of it PostgreSQL"],
    results.map(({ name, startUp, memory, databaseMemory }) => [
      name,
      show(spreadOf(startUp.map((value) => value / 1000)), "median"),
      show(spreadOf(startUp.map((value) => value / 1000)), "range"),
      inMegabytes(memory),
      databaseMemory.some((bytes) => bytes > 0) ? inMegabytes(databaseMemory) : "",
    ]),
  );
}

export function printDisk({ overwrites, newFiles }: DiskRates): void {
  const row = (name: string, values: readonly number[]) => [
    name,
    show(spreadOf(values), "median"),
    show(spreadOf(values), "range"),
  ];
  printTable(
    "The disk, one act after the other",
    ["act", "per second", "min–max"],
    [
      row("fdatasync of 8 KB overwritten (what a commit takes)", overwrites),
      row("new file, its fsync and its folder's (the least that keeping a file takes)", newFiles),
    ],
  );
}

export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (at === 0 ? (cells[at] ?? "").padEnd(width) : (cells[at] ?? "").padStart(width))).join(" | ")} |`;
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  console.log([`\n### ${title}\n`, line(head), line(rule), ...rows.map(line)].join("\n"));
}

export function show(spread: Spread | undefined, what: "median" | "range"): string {
  if (spread === undefined) return "";
  return what === "median" ? figure(spread.median) : `${figure(spread.min)}–${figure(spread.max)}`;
}
