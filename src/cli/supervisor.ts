import { mkdir } from "node:fs/promises";
import type { EmbeddedPostgres } from "../platform/db/embedded/index.ts";
import type { Connection } from "../platform/db/pool.ts";
import { Problem } from "../platform/errors/problem.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import type { Log } from "../platform/log/log.ts";
import { baseUrlOf } from "./addresses.ts";
import { banner } from "./banner.ts";
import { claimPort } from "./claim-port.ts";
import { createCrew } from "./crew.ts";
import { createFetcherKeeper } from "./fetcher-keeper.ts";
import { placeFetcherSocket } from "./fetcher-socket.ts";
import { FETCHER_PROCESS, forkProcess, JOB_PROCESS } from "./fork-process.ts";
import { forkWorker } from "./fork-worker.ts";
import { readVersion } from "./package-root.ts";
import { createProcessKeeper, type ProcessKeeper } from "./process-keeper.ts";
import type { Loaded } from "./setting-flags.ts";
import { openShelf } from "./shelf-keeper.ts";
import { aborted, type Signals, watchSignals } from "./signals.ts";
import { CommandFailed, FAILED, type Terminal } from "./terminal.ts";

/** How long a drain may take before what is left is cut off, in milliseconds: a large upload over a thin line. */
const DRAIN = 300_000;

/**
 * Answers no requests: starts the database, prepares the catalogue, and keeps workers running until a signal comes.
 * Returns the exit code. Throws CannotListen, CannotStartDatabase, MigrationFailed, ConfigurationMistakes.
 */
export async function supervise(loaded: Loaded, terminal: Terminal): Promise<number> {
  const { config } = loaded;
  const log = createProcessLog(config.logLevel, "supervisor");
  const signals = watchSignals();
  for (const warning of loaded.warnings) log.warn({}, warning);
  const port = await claimPort(config.host, config.port);
  if (config.databaseUrl !== undefined) {
    await mkdir(config.data, { recursive: true, mode: 0o700 });
    return serve({ loaded, terminal, log, signals, port, connection: config.databaseUrl });
  }
  const { startEmbeddedPostgres } = await import("../platform/db/embedded/index.ts");
  const embedded = await startEmbeddedPostgres({ dataDir: config.data, log, purpose: "serve" });
  let isClean = false;
  try {
    const code = await serve({ loaded, terminal, log, signals, port, connection: embedded.connection, embedded });
    isClean = !signals.quit.aborted;
    return code;
  } finally {
    // Signals go on being taken until the process ends: one in these last moments must not change its exit code.
    await embedded.stop(isClean ? "fast" : "immediate");
  }
}

interface Serving {
  readonly loaded: Loaded;
  readonly terminal: Terminal;
  readonly log: Log;
  readonly signals: Signals;
  readonly port: number;
  readonly connection: Connection;
  readonly embedded?: EmbeddedPostgres;
}

async function serve({ loaded, terminal, log, signals, port, connection, embedded }: Serving): Promise<number> {
  const { prepareCatalogue } = await import("./prepare-catalogue.ts");
  const { resolution, postgresMajor, isPrivate, upstreams, ownerToken } = await prepareCatalogue(
    connection,
    loaded,
    log,
  );
  const { config, texts } = resolution;
  if (signals.drain.aborted) return 0;

  const shelf = await openShelf(config, log);
  const now = performance.now.bind(performance);
  const socket = await placeFetcherSocket(config.data, process.pid);
  const start = (number: number) => ({ kind: "start", texts, connection, port, number, fetcher: socket }) as const;
  const keep = (name: string, word: Parameters<typeof forkProcess>[0]) =>
    createProcessKeeper({ name, fork: () => forkProcess(word), start: start(0), log, now, later, announce });
  const fetcher = createFetcherKeeper({
    hasMirrors: () => askForMirrors(connection),
    launch: () => keep("the fetcher", FETCHER_PROCESS),
    log,
  });
  const { openNotifications } = await import("./notifications.ts");
  const others = openNotifications({
    connection,
    log,
    later,
    onChange: (change) => {
      void crew.announce(change);
      if (isEverything(change)) void fetcher.look();
    },
    onResumed: () => {
      void crew.announce({ kind: "everything" });
      void fetcher.look();
    },
  });
  const crew = createCrew({
    size: config.workers,
    fork: forkWorker,
    start,
    log,
    now,
    later,
    publish: others.publish,
    afterwards: shelf?.withdraw,
  });
  const announce = (change: unknown) => {
    others.publish(change);
    return crew.announce(change);
  };
  void fetcher.look();
  let jobs: ProcessKeeper | undefined;
  const kill = () => {
    crew.kill();
    jobs?.kill();
    fetcher.kill();
  };
  void aborted(signals.quit).then(kill);
  const ending = Promise.race([aborted(signals.drain), crew.lost, embedded?.ended ?? aborted(signals.drain)]);
  try {
    await Promise.race([crew.ready, ending]);
    if (!signals.drain.aborted) {
      terminal.print(
        banner({
          version: readVersion(),
          url: baseUrlOf(config, port),
          config: { ...config, private: isPrivate },
          upstreams,
          cwd: terminal.cwd,
          postgresMajor,
          ...(ownerToken !== undefined && { ownerToken }),
        }),
      );
      if (!config.readOnly) jobs = keep("the job process", JOB_PROCESS);
    }
    await ending;
  } catch (error) {
    kill();
    await others.close();
    if (error instanceof CommandFailed || error instanceof Problem) {
      log.error({}, `The server gives up: ${error.message}`);
      return FAILED;
    }
    throw error;
  }
  log.info({}, "Stopping: no new connections, waiting for what is under way. A second signal ends it at once.");
  const timer = setTimeout(kill, DRAIN);
  await Promise.all([crew.drain(), jobs?.drain()]);
  // Workers need it to the last.
  await fetcher.drain();
  clearTimeout(timer);
  await others.close();
  await shelf?.close();
  return signals.quit.aborted ? FAILED : 0;
}

const isEverything = (change: unknown) =>
  typeof change === "object" && change !== null && "kind" in change && change.kind === "everything";

/** Whether any index mirrors another one. */
async function askForMirrors(connection: Connection): Promise<boolean> {
  const [{ withPool }, { createDb }, { hasMirrors }] = await Promise.all([
    import("./database.ts"),
    import("../platform/db/pool.ts"),
    import("./queries.ts"),
  ]);
  return withPool(connection, (pool) => hasMirrors(createDb(pool)));
}

function later(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}
