import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildWheel, type Distribution } from "../../test/support/distributions.ts";
import { startDevpi } from "../peers/devpi.ts";
import { startOurs } from "../peers/ours.ts";
import { startPypiserver } from "../peers/pypiserver.ts";
import type { PythonPeer } from "../peers/python.ts";
import { SCRATCH } from "../places.ts";
import { say } from "../progress.ts";
import { cpuOf } from "../usage.ts";
import { type UploadPlace, uploadTo } from "./form.ts";

export interface UploadResult {
  readonly name: string;
  /** Per second of the wall clock, one after the other; a figure per round. */
  readonly perSecond: readonly number[];
  /** Seconds of the server's CPU per upload. */
  readonly cpuEach: readonly number[];
}

interface Receiver extends UploadPlace {
  readonly name: string;
  readonly roots: readonly number[];
  stop(): Promise<void>;
}

export interface UploadPlan {
  readonly rounds: number;
  /** Uploads to each server in each round. */
  readonly each: number;
  readonly pypiserver: PythonPeer | undefined;
  readonly devpi: PythonPeer | undefined;
}

/** The first round, which does not count, is so many times as long as the others. */
const WARM_UP = 4;
const PER_PROJECT = 5;

/** Small wheels one after the other on one connection, into indexes that were empty. */
export async function measureUploads(plan: UploadPlan): Promise<readonly UploadResult[]> {
  const receivers = await startReceivers(plan);
  const results = receivers.map(({ name }) => ({ name, perSecond: [] as number[], cpuEach: [] as number[] }));
  try {
    for (let round = 0; round <= plan.rounds; round++) {
      say(`uploads: round ${round} of ${plan.rounds}`);
      const wheels = smallWheels(round, round === 0 ? plan.each * WARM_UP : plan.each);
      for (const [at, receiver] of receivers.entries()) {
        const cpu = cpuOf(receiver.roots);
        const began = performance.now();
        for (const wheel of wheels) await uploadTo(receiver, wheel);
        const seconds = (performance.now() - began) / 1000;
        if (round === 0) continue;
        results[at]?.perSecond.push(wheels.length / seconds);
        results[at]?.cpuEach.push((cpuOf(receiver.roots) - cpu) / wheels.length);
      }
    }
    return results;
  } finally {
    await Promise.all(receivers.map((receiver) => receiver.stop()));
  }
}

/** Wheels of about a kilobyte, a new project every few, so that nobody's pages grow long. */
export function smallWheels(round: number, count: number): readonly Distribution[] {
  return Array.from({ length: count }, (_, at) =>
    buildWheel({ name: `cottage-${round}-${Math.floor(at / PER_PROJECT)}`, version: `1.${at % PER_PROJECT}` }),
  );
}

async function startReceivers({ pypiserver, devpi }: UploadPlan): Promise<readonly Receiver[]> {
  const receivers: Receiver[] = [await startOursForUploads()];
  if (pypiserver) {
    const packages = join(SCRATCH, "uploads", "packages");
    await mkdir(packages);
    receivers.push(await startPypiserver(pypiserver, { name: "pypiserver", packages, cache: false }));
  }
  if (devpi) receivers.push(await startDevpi(devpi, "devpi", join(SCRATCH, "uploads", "devpi")));
  return receivers;
}

/** On an empty folder, with what its owner may send. */
export async function startOursForUploads(env: Readonly<Record<string, string>> = {}): Promise<Receiver> {
  const folder = join(SCRATCH, "uploads");
  const data = join(folder, "data");
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const ours = await startOurs({ name: "ours, for uploads", data, env });
  const token = (await readFile(join(data, "owner-token"), "utf8")).trim();
  const basic = Buffer.from(`__token__:${token}`).toString("base64");
  return { ...ours, name: "ours", url: `${ours.url}legacy/`, authorization: `Basic ${basic}` };
}
