import { join } from "node:path";
import { SCRATCH } from "../places.ts";
import { freePort, sleep, start } from "../processes.ts";
import type { Ours } from "./ours.ts";
import type { PythonPeer } from "./python.ts";
import { simpleAddress, type Target } from "./target.ts";

/** Milliseconds to wait until it has fetched a file. */
const PATIENCE = 30_000;

/** proxpi in front of our server: it keeps pages in memory and files in a folder. */
export async function startProxpi({ program }: PythonPeer, ours: Ours): Promise<Target> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const words = ["proxpi.server:app", "--bind", `127.0.0.1:${port}`, "--workers", "1", "--threads", "4"];
  const running = start("proxpi", program("gunicorn"), words, {
    PROXPI_INDEX_URL: `${ours.url}simple/`,
    PROXPI_CACHE_DIR: join(SCRATCH, "proxpi-files"),
    PROXPI_LOGGING_LEVEL: "WARNING",
  });
  return {
    name: "proxpi",
    roots: [running.pid],
    startUp: await running.answering(`${url}health`).catch(() => Number.NaN),
    isSlow: true,
    async address(subject) {
      const found = await simpleAddress(`${url}index/`, subject);
      if (found?.endsWith(".whl")) await waitUntilKept(found);
      return found;
    },
    stop: () => running.stop(),
  };
}

/** It redirects to the upstream until its own copy is whole. */
async function waitUntilKept(url: string): Promise<void> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(200)) {
    const { status, body } = await fetch(url, { redirect: "manual" });
    await body?.cancel();
    if (status === 200) return;
  }
}
