// A worker: answers requests, obeys the supervisor, and ends when the supervisor does.
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Config } from "../platform/config/resolve.ts";
import { configFromTexts } from "../platform/config/resolve.ts";
import { Problem } from "../platform/errors/problem.ts";
import { createHttpServer, type HttpServer } from "../platform/http/create-server.ts";
import type { Listener } from "../platform/http/listener.ts";
import { createAccessLog } from "../platform/log/access-log.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import { baseUrlOf } from "./addresses.ts";
import { createAnnouncements } from "./announcements.ts";
import type { AppDeps, Changes } from "./app-deps.ts";
import { describeListenError } from "./claim-port.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { CommandFailed } from "./terminal.ts";

export interface App {
  readonly listener: Listener;
  close(): Promise<void>;
}

/** The composition root; main.ts hands it over, because commands may not know it. */
export type BuildApp = (deps: AppDeps) => Promise<App>;

/** What installers, browsers and health checks fetch all day: simple pages, files, what pages are made of. */
const ROUTINE = /\/(?:simple|pypi|packages|static|_health)\//;
/** The supervisor's side of the time limit is longer: what is left then is cut off here first. */
const DRAIN = 290_000;

export function runWorker(loadBuildApp: () => Promise<BuildApp>): void {
  // Terminals and npm signal the whole process group; only the supervisor's word counts.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(1));

  const listeners: ((change: unknown) => void)[] = [];
  const announcements = createAnnouncements(tell);
  let server: HttpServer | undefined;
  let closeApp: (() => Promise<void>) | undefined;
  let listen: (() => void) | undefined;
  const changes: Changes = {
    announce: (change) => announcements.announce(change),
    listen: (listener) => void listeners.push(listener),
  };

  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "start":
        start(message).catch((error: unknown) => fail(describe(error)));
        return;
      case "listen":
        listen?.();
        return;
      case "change":
        for (const listener of listeners) listener(message.change);
        tell({ kind: "seen", id: message.id });
        return;
      case "settled":
        announcements.settled(message.id);
        return;
      case "drain":
        void drain();
    }
  });

  async function start({
    texts,
    connection,
    port,
    number,
    fetcher,
  }: Extract<ToWorker, { kind: "start" }>): Promise<void> {
    const config = configFromTexts(texts);
    const log = createProcessLog(config.logLevel, `worker ${number}`);
    process.on("uncaughtException", (error) => {
      log.error({ err: error }, `this worker ends because of a mistake in the program: ${error.message}`);
      process.exit(1);
    });
    const buildApp = await loadBuildApp();
    const { createAppDeps } = await import("./app-deps.ts");
    const made = await createAppDeps({ config, connection, publicUrl: baseUrlOf(config, port), log, changes, fetcher });
    const { listener, close } = await buildApp(made.deps);
    closeApp = async () => {
      await close();
      await made.close();
    };
    const logAccess = createAccessLog({
      log,
      what: config.accessLog,
      isRoutine: (path) => ROUTINE.test(path),
      now: performance.now.bind(performance),
      clientAddress: (request) => made.deps.forwarded.clientAddress(request),
    });
    const tls = await readTls(config);
    server = createHttpServer({
      listener: (request, response) => {
        logAccess(request, response);
        listener(request, response);
      },
      ...(tls && { tls }),
    });
    const { server: socket } = server;
    socket.once("error", (error) => fail(describeListenError(error, config.host, port)));
    listen = () => socket.listen({ host: config.host, port, backlog: 1024 }, () => tell({ kind: "listening" }));
    tell({ kind: "prepared" });
  }

  async function drain(): Promise<void> {
    if (server?.server.listening) await server.drain(DRAIN);
    await closeApp?.();
    process.exit(0);
  }

  function fail(message: string): void {
    tell({ kind: "failed", message });
  }
}

/** Throws CommandFailed when the two files are no certificate and its key. */
async function readTls({ tlsCert, tlsKey }: Config) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  try {
    const tls = { cert: await readFile(tlsCert), key: await readFile(tlsKey) };
    createSecureContext(tls);
    return tls;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed(
      `--tls-cert ${tlsCert} and --tls-key ${tlsKey} cannot be used together (${reason}): both are PEM files, and the key belongs to the certificate`,
      { cause },
    );
  }
}

/** What the supervisor tells the person who started it. */
function describe(error: unknown): string {
  if (error instanceof Problem || error instanceof CommandFailed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function tell(message: ToSupervisor): void {
  // The channel can only be gone because the supervisor is; "disconnect" ends this process.
  process.send?.(message, undefined, undefined, () => {});
}
