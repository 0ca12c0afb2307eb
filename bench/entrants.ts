// Who takes part, each started and ready.

import { join } from "node:path";
import { filledIndex, fillFolder } from "./fill.ts";
import { ask, type Sample } from "./load.ts";
import { startBare } from "./peers/bare.ts";
import { findTool } from "./peers/debian.ts";
import { startFilledDevpi } from "./peers/devpi.ts";
import { startNginxInFront, startStaticNginx } from "./peers/nginx.ts";
import { type Ours, startBeside, startOurs } from "./peers/ours.ts";
import { startProxpi } from "./peers/proxpi.ts";
import { startPypiserver } from "./peers/pypiserver.ts";
import type { installPython } from "./peers/python.ts";
import { type Subject, subjects, type Target } from "./peers/target.ts";

/** What can be asked again and again. */
export const readCases = {
  ...subjects,
  "not-modified": { title: "304 on the page of 50 KB", project: "brie" },
} as const;
export type ReadCase = keyof typeof readCases;

export interface Entrant {
  readonly target: Target;
  /** The only cases it takes part in; every case it can answer when left out. */
  readonly only?: readonly ReadCase[];
}

export interface Peers {
  readonly pypiserver: Awaited<ReturnType<typeof installPython>>;
  readonly devpi: Awaited<ReturnType<typeof installPython>>;
  readonly proxpi: Awaited<ReturnType<typeof installPython>>;
}

export function headersFor(subject: ReadCase): Readonly<Record<string, string>> {
  if (subject.startsWith("file-")) return { Accept: "*/*", "Accept-Encoding": "identity" };
  return { Accept: subject === "json" ? "application/json" : "text/html", "Accept-Encoding": "gzip" };
}

/** Our servers on the large index first; `peers` undefined leaves everyone else's out, but for the bare node:http. */
export async function startEntrants(peers: Peers | undefined): Promise<readonly Entrant[]> {
  const large = await filledIndex(20_000);
  const ours = await startOurs({ name: "ours", data: large.data, isBehindNginx: true });
  const entrants: Entrant[] = [{ target: ours }];
  entrants.push({ target: await startBeside(ours, "ours, two workers", 2) });
  const small = await filledIndex(1000);
  const oursSmall = await startOurs({ name: "ours, 1,000 files", data: small.data });
  entrants.push({ target: oursSmall, only: ["page-50k"] });

  const { samples, notModified } = await takeSamples(ours);
  const nginx = peers && (await findTool("nginx"));
  if (nginx) {
    const inFront = await startNginxInFront(nginx, ours);
    if (inFront) entrants.push({ target: inFront });
    entrants.push({ target: await startStaticNginx(nginx, samples) });
  }
  entrants.push({ target: await startBare(samples, notModified) });
  if (peers === undefined) return entrants;

  const { pypiserver, devpi, proxpi } = peers;
  if (devpi) entrants.push({ target: await startFilledDevpi(devpi, join(await fillFolder(), "devpi")) });
  if (proxpi) entrants.push({ target: await startProxpi(proxpi, ours) });
  if (pypiserver) {
    const run = (name: string, packages: string, cache: boolean) =>
      startPypiserver(pypiserver, { name, packages, cache });
    entrants.push({ target: await run("pypiserver, 1,000 files", small.packages, false) });
    entrants.push({
      target: await run("pypiserver, 1,000 files, cache", small.packages, true),
      only: ["page-50k"],
    });
    const pages: readonly ReadCase[] = ["page-50k", "page-1m"];
    entrants.push({ target: await run("pypiserver, 20,000 files", large.packages, false), only: pages });
    entrants.push({ target: await run("pypiserver, 20,000 files, cache", large.packages, true), only: pages });
  }
  return entrants;
}

/** What our server answers: the others send the same bytes. */
async function takeSamples(ours: Ours) {
  const samples = new Map<Subject, Sample>();
  const notModified = new Map<Subject, Sample>();
  for (const subject of Object.keys(subjects) as Subject[]) {
    const url = await ours.address(subject);
    if (url === undefined) throw new Error(`our server has no ${subject}`);
    const headers = headersFor(subject);
    const sample = await ask({ url, headers });
    if (sample.status !== 200) throw new Error(`${url} answers ${sample.status}`);
    samples.set(subject, sample);
    const { etag } = sample.headers;
    if (etag !== undefined)
      notModified.set(subject, await ask({ url, headers: { ...headers, "If-None-Match": etag } }));
  }
  return { samples, notModified };
}
