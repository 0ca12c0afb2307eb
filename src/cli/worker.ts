// A worker: answers requests, obeys the supervisor, and ends when the supervisor does.
import { readFile } from "node:fs/promises";
import type { Config } from "../platform/config/resolve.ts";
import { configFromTexts } from "../platform/config/resolve.ts";
import type { Connection } from "../platform/db/pool.ts";
import { createHttpServer, type HttpServer } from "../platform/http/create-server.ts";
import type { Listener } from "../platform/http/listener.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import type { Log } from "../platform/log/log.ts";
import { baseUrlOf } from "./addresses.ts";
import { describeListenError } from "./claim-port.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";

/** What the composition root gets to build the program from. */
export interface AppSettings {
  readonly config: Config;
  readonly connection: Connection;
  /** Where people reach the server; ends with a slash. */
  readonly publicUrl: string;
  readonly log: Log;
  /** Carries changes between workers. */
  readonly changes: Changes;
}

export interface Changes {
  /** Resolves when every other worker's listeners have returned. A change is anything that JSON can carry. */
  announce(change: unknown): Promise<void>;
  /** Told of what others announced, in order, before their announcement resolves. */
  listen(listener: (change: unknown) => void): void;
}

export interface App {
  readonly listener: Listener;
  close(): Promise<void>;
}

export type BuildApp = (settings: AppSettings) => Promise<App>;

/** The supervisor's side of the time limit is longer: what is left then is cut off here first. */
const DRAIN = 290_000;

export function runWorker(loadBuildApp: () => Promise<BuildApp>): void {
  // Terminals and npm signal the whole process group; only the supervisor's word counts.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(1));

  const listeners: ((change: unknown) => void)[] = [];
  const announced = new Map<number, () => void>();
  let lastId = 0;
  let server: HttpServer | undefined;
  let app: App | undefined;
  let listen: (() => void) | undefined;
  const changes: Changes = {
    announce(change) {
      const { promise, resolve } = Promise.withResolvers<void>();
      announced.set(++lastId, resolve);
      tell({ kind: "announce", id: lastId, change });
      return promise;
    },
    listen: (listener) => void listeners.push(listener),
  };

  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "start":
        start(message).catch((error: unknown) =>
          fail(error instanceof Error ? (error.stack ?? error.message) : String(error)),
        );
        return;
      case "listen":
        listen?.();
        return;
      case "change":
        for (const listener of listeners) listener(message.change);
        tell({ kind: "seen", id: message.id });
        return;
      case "settled":
        announced.get(message.id)?.();
        announced.delete(message.id);
        return;
      case "drain":
        void drain();
    }
  });

  async function start({ texts, connection, port, number }: Extract<ToWorker, { kind: "start" }>): Promise<void> {
    const config = configFromTexts(texts);
    const log = createProcessLog(config.logLevel, `worker ${number}`);
    const buildApp = await loadBuildApp();
    app = await buildApp({ config, connection, publicUrl: baseUrlOf(config, port), log, changes });
    const tls = await readTls(config);
    server = createHttpServer({ listener: app.listener, ...(tls && { tls }) });
    const { server: socket } = server;
    socket.once("error", (error) => fail(describeListenError(error, config.host, port)));
    listen = () => socket.listen({ host: config.host, port, backlog: 1024 }, () => tell({ kind: "listening" }));
    tell({ kind: "prepared" });
  }

  async function drain(): Promise<void> {
    if (server?.server.listening) await server.drain(DRAIN);
    await app?.close();
    process.exit(0);
  }

  function fail(message: string): void {
    tell({ kind: "failed", message });
  }
}

async function readTls({ tlsCert, tlsKey }: Config) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: await readFile(tlsCert), key: await readFile(tlsKey) };
}

function tell(message: ToSupervisor): void {
  // The channel can only be gone because the supervisor is; "disconnect" ends this process.
  process.send?.(message, undefined, undefined, () => {});
}
