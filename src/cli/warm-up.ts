// What `mirror warm` does: looks up the pages of what is wanted, then fetches the files that are not here yet.
import { createCatalogue, createPolicies, getIndex } from "../indexes/index.ts";
import {
  createFetcher,
  createMirrorSource,
  createUpstreamClients,
  createWarm,
  type PlannedFile,
  type WantedList,
} from "../mirror/index.ts";
import { systemClock } from "../platform/clock/clock.ts";
import type { Config } from "../platform/config/resolve.ts";
import { createDb } from "../platform/db/pool.ts";
import { trustSystemCertificates } from "../platform/fetch/trust-system.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import { createDiskStore } from "../platform/storage/disk-store.ts";
import { createHostedSource } from "../projects/index.ts";
import { countOf, formatBytes, formatCount } from "../web/index.ts";
import { withDatabase } from "./database.ts";
import { inParallel } from "./in-parallel.ts";
import { requireCatalogue } from "./open-files.ts";
import { readVersion } from "./package-root.ts";
import { progressOn } from "./progress-on.ts";
import type { Terminal } from "./terminal.ts";

interface WarmUp {
  readonly config: Config;
  readonly list: WantedList;
  /** Whose `--index-url` the files are for: its claims and rules count. */
  readonly index: string;
  /** Patterns with `*`. */
  readonly only: readonly string[];
  readonly terminal: Terminal;
}

/** Requests at once. The pool of a command has two connections, and an upstream is somebody else's machine. */
const AT_ONCE = 4;

/** False when something that is wanted could not be had. Throws IndexNotFound. */
export async function warmUp({ config, list, index: indexName, only, terminal }: WarmUp): Promise<boolean> {
  await requireCatalogue(config);
  const log = createProcessLog("error");
  const clock = systemClock;
  return withDatabase({ config, log, purpose: "mirror warm" }, async (pool) => {
    const db = createDb(pool);
    const index = await getIndex(db, indexName);
    const store = await createDiskStore(config.files, { log, clock, minFree: config.minFree });
    trustSystemCertificates();
    const userAgent = `cheeseshop/${readVersion()}`;
    const clients = createUpstreamClients({ db, clock, log, userAgent, isOffline: config.offline });
    const fetcher = createFetcher({ db, store, clock, log, clients, freshFor: config.mirrorFresh });
    const catalogue = createCatalogue({
      hosted: createHostedSource(db),
      mirror: createMirrorSource({ db, clock, log, fetcher }),
      policies: createPolicies({ db, clock, rules: config.rules }),
    });
    const warm = createWarm({
      db,
      fetcher,
      findPage: (name) => catalogue.readPage(index, name),
      wantsWheel: matcherOf(only),
    });
    try {
      const { files, failures } = await planAll(warm, list, terminal);
      const fetched = await fetchAll(warm, files, failures, terminal);
      for (const failure of failures) terminal.complain(`FAILED  ${failure}\n`);
      terminal.print(summary(fetched, files, failures));
      return failures.length === 0;
    } finally {
      await fetcher.close();
      await store.close();
    }
  });
}

type Warm = ReturnType<typeof createWarm>;

async function planAll(warm: Warm, list: WantedList, terminal: Terminal) {
  const files: PlannedFile[] = [];
  const failures: string[] = [];
  const passOver = (line: string) => terminal.complain(`passed over  ${line}\n`);
  for (const line of list.passedOver) passOver(line);
  await inParallel(list.wanted, AT_ONCE, async (wanted) => {
    try {
      const planned = await warm.plan(wanted);
      if ("passedOver" in planned) passOver(`${wanted.name}: ${planned.passedOver}`);
      else files.push(...planned.files);
    } catch (error) {
      failures.push(`${wanted.name}: ${messageOf(error)}`);
    }
  });
  return { files, failures };
}

async function fetchAll(warm: Warm, files: readonly PlannedFile[], failures: string[], terminal: Terminal) {
  const missing = files.filter(({ isKept }) => !isKept);
  const bytes = missing.reduce((sum, { file }) => sum + (file.size ?? 0), 0);
  const progress = progressOn(terminal)("fetching files", { things: missing.length, bytes });
  const fetched = { files: 0, bytes: 0 };
  await inParallel(missing, AT_ONCE, async (planned) => {
    try {
      const size = await warm.fetch(planned);
      progress.advance(size, 1);
      fetched.files++;
      fetched.bytes += size;
    } catch (error) {
      failures.push(`${planned.file.filename}: ${messageOf(error)}`);
    }
  });
  progress.end();
  return fetched;
}

function summary(
  fetched: { files: number; bytes: number },
  files: readonly PlannedFile[],
  failures: readonly string[],
) {
  const kept = files.filter(({ isKept }) => isKept).length;
  const parts = [
    `Fetched ${countOf(fetched.files, "file")} (${formatBytes(fetched.bytes)})`,
    `${formatCount(kept)} were here already`,
    ...(failures.length > 0 ? [`${formatCount(failures.length)} failed; run it again to try those alone`] : []),
  ];
  return `${parts.join(", ")}.\n`;
}

/** Everything where no pattern was given. */
function matcherOf(patterns: readonly string[]): (filename: string) => boolean {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split("*")
          .map((part) => RegExp.escape(part))
          .join(".*")}$`,
        "i",
      ),
  );
  return (filename) => expressions.length === 0 || expressions.some((expression) => expression.test(filename));
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
