// The fetcher's process: the only one of a server that asks upstreams. Obeys the supervisor, and ends when the supervisor does.
import { createEviction, createFetcher, createUpstreamClients, listenFetcher } from "../mirror/index.ts";
import { systemClock } from "../platform/clock/clock.ts";
import { configFromTexts } from "../platform/config/resolve.ts";
import { createDb, createPool } from "../platform/db/pool.ts";
import { trustSystemCertificates } from "../platform/fetch/trust-system.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import { createDiskStore } from "../platform/storage/disk-store.ts";
import { createAnnouncements } from "./announcements.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { readVersion } from "./package-root.ts";

/** Understands of a worker's messages those that are not about requests. */
export function runFetcher(): void {
  // Terminals and npm signal the whole process group; only the supervisor's word counts.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(1));

  const announcements = createAnnouncements(tell);
  let stop = async () => {};

  process.on("message", (message: ToWorker) => {
    if (message.kind === "start") start(message).catch((error: unknown) => fail(error));
    else if (message.kind === "settled") announcements.settled(message.id);
    else if (message.kind === "drain") void stop().finally(() => process.exit(0));
  });

  async function start({ texts, connection, fetcher: path }: Extract<ToWorker, { kind: "start" }>): Promise<void> {
    const config = configFromTexts(texts);
    const clock = systemClock;
    const log = createProcessLog(config.logLevel, "fetcher");
    process.on("uncaughtException", (error) => {
      log.error({ err: error }, `the fetcher ends because of a mistake in the program: ${error.message}`);
      process.exit(1);
    });
    const store = await createDiskStore(config.files, { log, clock, minFree: config.minFree });
    // What a killed one was fetching.
    await store.sweepTemporary();
    const pool = createPool(connection, {
      max: CONNECTIONS,
      onConnectionLost: (error) => log.warn({ err: error }, `a connection to the database broke: ${error.message}`),
    });
    const deps = { db: createDb(pool), store, clock, log };
    const eviction = createEviction({
      ...deps,
      limit: config.mirrorCache,
      announceGone: (blake2b) => announcements.announce({ kind: "file", blake2b }),
      later,
    });
    trustSystemCertificates();
    const userAgent = `cheeseshop/${readVersion()}`;
    const clients = createUpstreamClients({ ...deps, userAgent, isOffline: config.offline });
    const fetcher = createFetcher({ ...deps, clients, freshFor: config.mirrorFresh, onKept: eviction.noteKept });
    const server = await listenFetcher(fetcher, path, log);
    stop = async () => {
      // The workers have gone: nobody waits for what is still coming.
      await fetcher.close();
      await server.close();
      await eviction.close();
      await store.close();
      await pool.end();
    };
    tell({ kind: "prepared" });
  }
}

/** To the database. What this process writes waits for one lock, that of serials; more connections would only cost their making. */
const CONNECTIONS = 5;

function later(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

function fail(error: unknown): void {
  tell({ kind: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function tell(message: ToSupervisor): void {
  process.send?.(message, undefined, undefined, () => {});
}
