import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildWheel } from "../../test/support/distributions.ts";
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

/**
 * Small wheels one after the other on one connection, into indexes that were empty. Every round makes one project, so
 * nobody's pages grow long. The first round warms up and does not count.
 */
export async function measureUploads(plan: UploadPlan): Promise<readonly UploadResult[]> {
  const receivers = await startReceivers(plan);
  const results = receivers.map(({ name }) => ({ name, perSecond: [] as number[], cpuEach: [] as number[] }));
  try {
    for (let round = 0; round <= plan.rounds; round++) {
      say(`uploads: round ${round} of ${plan.rounds}`);
      const wheels = Array.from({ length: plan.each }, (_, at) =>
        buildWheel({ name: `cottage-${round}`, version: `1.${at}` }),
      );
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

async function startReceivers({ pypiserver, devpi }: UploadPlan): Promise<readonly Receiver[]> {
  const data = join(SCRATCH, "uploads", "data");
  await mkdir(join(SCRATCH, "uploads"), { recursive: true, mode: 0o711 });
  const ours = await startOurs({ name: "ours, for uploads", data });
  const token = (await readFile(join(data, "owner-token"), "utf8")).trim();
  const basic = Buffer.from(`__token__:${token}`).toString("base64");
  const receivers: Receiver[] = [{ ...ours, name: "ours", url: `${ours.url}legacy/`, authorization: `Basic ${basic}` }];
  if (pypiserver) {
    const packages = join(SCRATCH, "uploads", "packages");
    await mkdir(packages);
    receivers.push(await startPypiserver(pypiserver, { name: "pypiserver", packages, cache: false }));
  }
  if (devpi) receivers.push(await startDevpi(devpi, "devpi", join(SCRATCH, "uploads", "devpi")));
  return receivers;
}
