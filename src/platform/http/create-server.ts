import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createBodyPace } from "./body-pace.ts";
import { answerClientError } from "./client-error.ts";
import { type DiscardLimits, discardBody } from "./discard-body.ts";
import { continueWhenRead } from "./expect-continue.ts";
import type { Listener } from "./listener.ts";

export interface HttpServerLimits {
  /** All header fields and the request line together, in bytes; 431 beyond. */
  readonly headerBytes: number;
  /** In which they must have arrived; 408 beyond. */
  readonly headerMs: number;
  /** A body that brings less than `paceBytes` in `paceMs` is ended with 408. */
  readonly paceMs: number;
  readonly paceBytes: number;
  /** How much of a refused body is read and thrown away, so that its sender sees the refusal. */
  readonly discard: DiscardLimits;
  /** How long a connection may wait for its next request, in milliseconds. */
  readonly keepAliveMs: number;
  readonly connections: number;
}

export const defaultHttpLimits: HttpServerLimits = {
  headerBytes: 64 * 1024,
  headerMs: 20_000,
  paceMs: 30_000,
  paceBytes: 16 * 1024,
  discard: { bytes: 3 * 1024 ** 3, ms: 60_000 },
  // Longer than the 60 s after which proxies usually let go, so that none sends into a connection that just closed.
  keepAliveMs: 75_000,
  connections: 10_000,
};

export interface HttpServerOptions {
  readonly listener: Listener;
  /** PEM texts; plain http without. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly limits?: Partial<HttpServerLimits>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

export interface HttpServer {
  /** Not listening yet. */
  readonly server: Server;
  /**
   * Takes no new connections, lets active requests end, closes the others; resolves when all are closed, or when `limitMs` have
   * passed and the rest were cut off. True when nobody was cut off.
   */
  drain(limitMs: number): Promise<boolean>;
}

/** How often slow senders are looked for, as a part of the shortest time that is watched. */
const checksPerWindow = 6;
const sweepEveryMs = 100;

/** The server around the listener, with the limits that keep one client from holding up the others. */
export function createHttpServer({
  listener,
  tls,
  limits: changed,
  now = performance.now.bind(performance),
}: HttpServerOptions): HttpServer {
  const limits = { ...defaultHttpLimits, ...changed };
  const checkEvery = Math.ceil(Math.min(limits.headerMs, limits.paceMs) / checksPerWindow);
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    // A big upload over a thin line takes hours; the pace of its body is what counts.
    requestTimeout: 0,
    connectionsCheckingInterval: checkEvery,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  };
  const server = tls ? createTlsServer({ ...options, ...tls }) : createServer(options);
  server.maxConnections = limits.connections;

  const active = new Map<Duplex, ServerResponse>();
  let isDraining = false;
  const pace = createBodyPace({ now, windowMs: limits.paceMs, leastBytes: limits.paceBytes, onTooSlow: endSlowBody });
  const timer = setInterval(() => pace.check(), checkEvery).unref();
  server.once("close", () => clearInterval(timer));

  server.on("request", (request, response) => handle(request, response, false));
  server.on("checkContinue", (request, response) => handle(request, response, true));
  server.on("clientError", (error, socket) => {
    answerClientError(error, socket, active.get(socket)?.headersSent === true);
  });

  return { server, drain };

  function handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { socket } = request;
    active.set(socket, response);
    response.once("close", () => {
      if (active.get(socket) === response) active.delete(socket);
    });
    if (hasBody(request)) {
      guardBody(request, response);
      if (expectsContinue) continueWhenRead(request, response);
    } else if (isDraining) {
      response.shouldKeepAlive = false;
    }
    listener(request, response);
  }

  function guardBody(request: IncomingMessage, response: ServerResponse): void {
    const isLast = !response.shouldKeepAlive;
    // Left to itself, Node closes right after the last answer, and a client that is still sending sees a reset instead of it.
    response.shouldKeepAlive = true;
    pace.watch(request, response);
    // A client that goes away in the middle is no failure of ours; readers of the body are told by the stream itself.
    request.on("error", ignore);
    // Before Node's own listener, which would throw away the rest without counting it.
    response.prependOnceListener("finish", () => {
      discardBody(request, limits.discard);
      if (!isLast && !isDraining) return;
      if (request.complete) request.socket.destroySoon();
      else request.once("end", () => request.socket.destroySoon());
    });
  }

  async function drain(limitMs: number): Promise<boolean> {
    isDraining = true;
    for (const response of active.values()) {
      if (!response.headersSent && !hasBody(response.req)) response.shouldKeepAlive = false;
    }
    const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
    // Node closes what is idle at this moment only: connections whose last request ends later would wait for another.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepEveryMs);
    let cutOff: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      cutOff = setTimeout(() => resolve(false), limitMs);
    });
    const inTime = await Promise.race([closed, late]);
    clearTimeout(cutOff);
    clearInterval(sweep);
    if (!inTime) server.closeAllConnections();
    return inTime;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function ignore(): void {}

const tooSlow = Buffer.from("The body of this request arrives too slowly.");

function endSlowBody(request: IncomingMessage, response: ServerResponse): void {
  const socket: Socket = request.socket;
  if (response.headersSent || response.destroyed) {
    socket.destroy();
    return;
  }
  response.shouldKeepAlive = false;
  response.once("finish", () => socket.destroySoon());
  response.writeHead(408, ["Content-Type", "text/plain; charset=UTF-8", "Content-Length", String(tooSlow.length)]);
  response.end(tooSlow);
}
