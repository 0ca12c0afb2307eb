import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { askBesideUploads, longestOf, type Waited } from "../../test/support/beside-uploads.ts";
import { startOurs } from "../peers/ours.ts";
import { SCRATCH } from "../places.ts";
import { adopt } from "../processes.ts";
import { say } from "../progress.ts";

export interface LatencyResult {
  /** Requests asked beside the uploads. */
  readonly requests: number;
  /** Seconds that the uploads took. */
  readonly seconds: number;
  readonly median: number;
  /** The 99th of a hundred. */
  readonly percentile99: number;
  /** The longest of each kind, in milliseconds, longest first. */
  readonly longest: readonly Waited[];
}

const UPLOADS = 10;
const SIZE = 100_000_000;
/** Each leaves a gigabyte on the disk until the benchmark ends. */
const ROUNDS_AT_MOST = 3;

/** How long small requests take while ten files of 100 MB arrive; a result per round, as the program starts by default. */
export async function measureLatency(rounds: number): Promise<readonly LatencyResult[]> {
  const folder = join(SCRATCH, "latency");
  const data = join(folder, "data");
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const ours = await startOurs({ name: "ours, beside uploads", data, workers: 2 });
  const { url } = ours;
  const token = (await readFile(join(data, "owner-token"), "utf8")).trim();
  const server = { url, simple: `${url}simple/`, legacy: `${url}legacy/`, token };
  const results: LatencyResult[] = [];
  try {
    for (let round = 1; round <= Math.min(rounds, ROUNDS_AT_MOST); round++) {
      say(`beside ten uploads of 100 MB: round ${round}`);
      const plan = { count: UPLOADS, size: SIZE, stem: `large${round}` };
      const { waited, seconds } = await askBesideUploads(server, plan, adopt);
      const sorted = waited.map(({ took }) => took).toSorted((a, b) => a - b);
      results.push({
        requests: sorted.length,
        seconds,
        median: sorted[sorted.length >> 1] ?? Number.NaN,
        percentile99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
        longest: longestOf(waited),
      });
    }
    return results;
  } finally {
    await ours.stop();
  }
}
