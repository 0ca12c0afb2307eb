// What was promised is that nobody waits longer than 500 ms while ten files of 100 MB arrive; `npm run bench` measures it on a
// quiet machine. The bound here catches what holds everybody up, on a machine that is busy with other tests too.
import { expect, test } from "vitest";
import { askBesideUploads, longestOf } from "../support/beside-uploads.ts";
import { startServer } from "../support/running-server.ts";

/** Milliseconds. */
const MOST = 99;
const ALL = 10_000;
const NEARLY_ALL = 3_000;

test("nobody waits long while ten files of 100 MB arrive", async () => {
  const server = await startServer({ flags: ["--workers", "2", "--access-log", "none"] });
  try {
    const { waited, seconds } = await askBesideUploads(server, { count: 10, size: 100_000_000 });
    const sorted = waited.map(({ took }) => took).toSorted((a, b) => a - b);
    const at = (percent: number) => sorted[Math.floor((sorted.length * percent) / 100)] ?? Number.NaN;
    const [longest] = longestOf(waited);
    console.info(
      `Beside ten uploads of 100 MB (${seconds.toFixed(1)} s): ${sorted.length} requests, ${at(50).toFixed(0)} ms (median), ` +
        `${at(MOST).toFixed(0)} ms (${MOST} %), ${longest?.took.toFixed(0)} ms at most (${longest?.kind}); 500 ms promised.`,
    );
    expect(sorted.length).toBeGreaterThan(50);
    expect(at(MOST)).toBeLessThan(NEARLY_ALL);
    expect(longest?.took).toBeLessThan(ALL);
  } finally {
    await server.kill();
  }
});
