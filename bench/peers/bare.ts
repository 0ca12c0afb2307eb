import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sample } from "../load.ts";
import { SCRATCH } from "../places.ts";
import { adopt, stopTree } from "../processes.ts";
import type { BarePage } from "./bare-server.ts";
import type { Subject, Target } from "./target.ts";

/** Node adds these by itself, to our answers as to the bare ones. */
const ADDED = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

/** A bare `node:http` server that sends our bodies with our header blocks. */
export async function startBare(
  samples: ReadonlyMap<Subject, Sample>,
  notModified: ReadonlyMap<Subject, Sample>,
): Promise<Target> {
  const folder = join(SCRATCH, "bare");
  await mkdir(folder, { recursive: true });
  const pages: BarePage[] = [];
  for (const [subject, { status, rawHeaders, headers, body }] of samples) {
    const file = join(folder, subject);
    await writeFile(file, body);
    pages.push({
      path: `/${subject}`,
      status,
      headers: own(rawHeaders),
      file,
      etag: headers.etag,
      notModifiedHeaders: own(notModified.get(subject)?.rawHeaders ?? []),
    });
  }
  const began = performance.now();
  const child = fork(join(import.meta.dirname, "bare-server.ts"), { stdio: "inherit" });
  const pid = adopt(child);
  child.send(pages);
  const [port] = await once(child, "message");
  return {
    name: "bare node:http",
    roots: [pid],
    startUp: performance.now() - began,
    isSlow: false,
    address: async (subject) => (samples.has(subject) ? `http://127.0.0.1:${port}/${subject}` : undefined),
    stop: () => stopTree(pid),
  };
}

/** Names and values in turn, as node:http takes them. */
function own(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, at) => !ADDED.has((rawHeaders[at - (at % 2)] ?? "").toLowerCase()));
}
