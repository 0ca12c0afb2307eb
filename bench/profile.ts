// Where a worker's CPU goes: the profiler's own samples, added up by function and by what the function belongs to.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { headersFor, type ReadCase, readCases } from "./entrants.ts";
import { filledIndex } from "./fill.ts";
import { loadWithNode, loadWithWrk } from "./load.ts";
import { findTool } from "./peers/debian.ts";
import { startOurs } from "./peers/ours.ts";
import { SCRATCH } from "./places.ts";
import { say } from "./progress.ts";
import { figure } from "./statistics.ts";
import { uploadTo } from "./uploads/form.ts";
import { smallWheels, startOursForUploads } from "./uploads/measure-uploads.ts";
import { commandOf, ownCpuOf, treeOf } from "./usage.ts";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const FUNCTIONS = 25;
const FOLDER = join(SCRATCH, "profile");

/** A page, asked for as fast as it comes. */
export async function profileReads(subject: ReadCase, seconds: number): Promise<void> {
  const { data } = await filledIndex(20_000);
  const ours = await startOurs({ name: "ours, profiled", data, env: profiling() });
  const url = await ours.address(subject === "not-modified" ? "page-50k" : subject);
  if (url === undefined) throw new Error(`our server has no ${subject}`);
  const question = { url, headers: headersFor(subject), status: 200 as const };
  const wrk = await findTool("wrk");
  const options = { question, connections: 16, seconds, roots: ours.roots };
  await profile(readCases[subject].title, ours, async () => {
    const { requests } = await (wrk ? loadWithWrk(wrk, options) : loadWithNode(options));
    return requests;
  });
}

/** So many uploads, one after the other. */
export async function profileUploads(count: number): Promise<void> {
  const ours = await startOursForUploads(profiling());
  await profile("Uploads", ours, async () => {
    for (const wheel of smallWheels(0, count)) await uploadTo(ours, wheel);
    return count;
  });
}

function profiling(): Readonly<Record<string, string>> {
  mkdirSync(FOLDER, { recursive: true });
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${FOLDER} --cpu-prof-interval=500` };
}

interface Profiled {
  readonly roots: readonly number[];
  stop(): Promise<void>;
}

async function profile(title: string, { roots, stop }: Profiled, work: () => Promise<number>): Promise<void> {
  say(`${title}, with the profiler`);
  const before = new Map(roots.flatMap(treeOf).map((pid) => [pid, ownCpuOf(pid)]));
  const began = performance.now();
  const requests = await work();
  const seconds = (performance.now() - began) / 1000;
  // Read anew: the database makes a process for each connection.
  const pids = roots.flatMap(treeOf);
  const spent = (wanted: (pid: number) => boolean) =>
    pids.filter(wanted).reduce((sum, pid) => sum + ownCpuOf(pid) - (before.get(pid) ?? 0), 0);
  const database = spent((pid) => commandOf(pid) === "postgres");
  const program = spent((pid) => commandOf(pid) !== "postgres");
  await stop();

  console.log(`\n## Profile: ${title}, ${requests} requests in ${figure(seconds)} s\n`);
  console.log(`CPU meanwhile: ${figure(program)} s our program, ${figure(database)} s PostgreSQL\n`);
  printProfile(readLargest(FOLDER));
}

/** The worker's: nobody else has as many samples. */
function readLargest(folder: string): Profile {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .map((name): Profile => JSON.parse(readFileSync(join(folder, name), "utf8")));
  const busiest = profiles.toSorted((a, b) => busyTime(b) - busyTime(a))[0];
  if (busiest === undefined) throw new Error("the worker left no profile");
  return busiest;
}

function busyTime(profile: Profile): number {
  return [...selfTimes(profile).values()].reduce((sum, time) => sum + time, 0);
}

/** Microseconds per function, without those in which nothing was to be done. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? "";
    if (name === "(idle)" || name === "(root)") continue;
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return times;
}

function printProfile(profile: Profile): void {
  const times = selfTimes(profile);
  const total = busyTime(profile);
  const share = (time: number) => `${((time / total) * 100).toFixed(1).padStart(5)} %`;
  const places = new Map<string, number>();
  for (const [name, time] of times) {
    const place = placeOf(name);
    places.set(place, (places.get(place) ?? 0) + time);
  }
  const descending = (map: ReadonlyMap<string, number>) => [...map].toSorted((a, b) => b[1] - a[1]);
  console.log("By place:");
  for (const [place, time] of descending(places).slice(0, FUNCTIONS)) console.log(`  ${share(time)}  ${place}`);
  console.log("\nBy function, its own time:");
  for (const [name, time] of descending(times).slice(0, FUNCTIONS)) console.log(`  ${share(time)}  ${name}`);
}

const maps = new Map<string, SourceMap | undefined>();

/** `function source:line`, through the map of the bundle. */
function nameOf({ functionName, url, lineNumber, columnNumber }: Profile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (!url.startsWith("file:")) return url === "" ? name : `${name} ${url}`;
  const path = fileURLToPath(url);
  if (!maps.has(path)) maps.set(path, readMap(`${path}.map`));
  const found = maps.get(path)?.findEntry(lineNumber, columnNumber);
  const source = found && "originalSource" in found ? found.originalSource : path;
  const line = found && "originalLine" in found ? found.originalLine : lineNumber;
  return `${name} ${source.replace(/^.*?(?=src\/|node_modules\/)/, "")}:${line + 1}`;
}

function readMap(path: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** A package, a room of ours, a part of Node, or the engine. */
function placeOf(name: string): string {
  const place = name.slice(name.indexOf(" ") + 1);
  return (
    /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1] ??
    /src\/(?:platform\/)?[^/]+/.exec(place)?.[0] ??
    /node:(?:internal\/)?[^/:]+/.exec(place)?.[0] ??
    name
  );
}
