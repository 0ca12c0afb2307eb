// `node bench/pull-through.ts`: installing through a server in front of the index that pip is configured for, beside that index
// alone and beside nginx with the same bytes as files.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../test/support/server-process.ts";
import { describeLoad, describeMachine, printFacts } from "./machine.ts";
import { findTool, type Tool } from "./peers/debian.ts";
import { SCRATCH } from "./places.ts";
import { stopEverything } from "./processes.ts";
import { say } from "./progress.ts";
import { type InFront, startInFront } from "./pull-through/ours.ts";
import { startRecording } from "./pull-through/record.ts";
import { type Cost, type Figures, printPullThrough } from "./pull-through/report.ts";
import { type Recorded, startRecorded } from "./pull-through/static.ts";
import { findUpstream, surroundingsOf } from "./pull-through/upstream.ts";
import { app, openUv, type Uv } from "./pull-through/uv.ts";

const ROUNDS = 5;
/** Times that everything is installed from in turn while one server runs. */
const TURNS = 3;

const usage = `node bench/pull-through.ts [--rounds N] [--json FILE]

  --rounds N   rounds that count, 1 to 20 (${ROUNDS}); one more comes first
  --json FILE  also write every round's figures there`;

let ending: Promise<void> | undefined;
/** Once, however this process ends. */
function end(): Promise<void> {
  ending ??= stopEverything().finally(() => rmSync(SCRATCH, { recursive: true, force: true }));
  return ending;
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void end().finally(() => process.exit(130)));
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
  const upstream = findUpstream();
  if (upstream === undefined) {
    say("SKIPPED: everything, because pip is configured for no index on this machine.");
    return 0;
  }
  // The database's user has to get through to the folders below.
  mkdirSync(SCRATCH, { recursive: true, mode: 0o711 });
  try {
    return await compare(upstream, options);
  } catch (error) {
    if (ending !== undefined) return 130;
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  } finally {
    await end();
  }
}

async function compare(upstream: string, { rounds, json }: Options): Promise<number> {
  const surroundings = surroundingsOf(process.env);
  const uv = await openUv(surroundings);
  if (typeof uv === "string") {
    say(`SKIPPED: everything, because ${uv}`);
    return 0;
  }
  build();
  const nginx = await findTool("nginx");
  const machine = { ...describeMachine(), uv: uv.version };
  printFacts(machine);

  const figures: Figures = {
    "upstream alone": [],
    "ours, cold": [],
    "ours, warm": [],
    "nginx static": [],
    "ours, just started": [],
    first: [],
  };
  let recorded: Recorded | undefined;
  for (let round = 0; round <= rounds; round++) {
    say(`round ${round} of ${rounds}, load average ${describeLoad()}`);
    const expected = (await uv.install(upstream, uv.wheel)).names;
    const data = join(SCRATCH, `data-${round}`);
    const ours = await startInFront(data, upstream, surroundings);
    try {
      const started = await measure(uv, ours, app.name, expected);
      const first = { wall: ours.age(), cpu: ours.cpu() };
      recorded ??= nginx && (await record(nginx, uv, ours));
      // The first round fills the machine's caches and shows whether everything works.
      if (round === 0) continue;
      figures["ours, just started"].push(started);
      figures.first.push(first);
      // All before the turns: a new index lets every worker forget the pages that it keeps.
      const mirrors: string[] = [];
      for (let turn = 0; turn < TURNS; turn++) mirrors.push(await ours.addMirror(`fresh-${turn}`));
      for (const simple of mirrors) {
        figures["upstream alone"].push({ wall: (await uv.install(upstream, uv.wheel)).seconds });
        figures["ours, cold"].push(await measure(uv, { ...ours, simple }, uv.wheel, expected));
        figures["ours, warm"].push(await measure(uv, ours, app.name, expected));
        if (recorded) figures["nginx static"].push(await measure(uv, recorded, app.name, expected));
      }
    } finally {
      await ours.stop();
      await rm(data, { recursive: true, force: true });
    }
  }
  printPullThrough(figures);
  console.log(`\nload average at the end: ${describeLoad()}`);
  if (json !== undefined) writeFileSync(json, JSON.stringify({ machine, figures }, undefined, 2));
  return 0;
}

interface Measurable {
  readonly simple: string;
  cpu(): number;
}

/** Throws when something else was installed than from the upstream alone. */
async function measure(uv: Uv, { simple, cpu }: Measurable, what: string, expected: readonly string[]): Promise<Cost> {
  const before = cpu();
  const { seconds, names } = await uv.install(simple, what);
  if (names.join() !== expected.join()) throw new Error(`installed ${names.join()} instead of ${expected.join()}`);
  return { wall: seconds, cpu: cpu() - before };
}

async function record(nginx: Tool, uv: Uv, ours: InFront): Promise<Recorded> {
  const root = join(SCRATCH, "recorded");
  const recording = await startRecording(ours.simple, root);
  await uv.install(recording.simple, app.name);
  await recording.stop();
  console.log(`an installation asks for ${recording.pages()} pages and ${recording.files()} files`);
  return startRecorded(nginx, root);
}

interface Options {
  readonly rounds: number;
  readonly json: string | undefined;
}

/** Throws with what is wrong, for people. */
function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({ args: [...words], options: { rounds: { type: "string" }, json: { type: "string" } } });
  const rounds = Number(values.rounds ?? ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20) throw new Error("--rounds is 1 to 20");
  return { rounds, json: values.json };
}
