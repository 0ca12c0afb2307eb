import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "./log.ts";

export interface AccessLogDeps {
  readonly log: Pick<Log, "info">;
  /** `dynamic` leaves out what is routine. */
  readonly what: "none" | "dynamic" | "all";
  /** Whether a path, without its query, is one of those that installers and health checks read all day. */
  readonly isRoutine: (path: string) => boolean;
  /** Milliseconds on any scale that only goes forward. */
  readonly now: () => number;
  readonly clientAddress: (request: IncomingMessage) => string;
}

/** To be called before anything is answered: writes one line when the answer has ended, or the client has gone. */
export type AccessLog = (request: IncomingMessage, response: ServerResponse) => void;

/** One line per request. Queries stay out: people put tokens there. A read that failed is never routine. */
export function createAccessLog({ log, what, isRoutine, now, clientAddress }: AccessLogDeps): AccessLog {
  if (what === "none") return () => {};
  return (request, response) => {
    const start = now();
    const { method = "", socket } = request;
    // Routes below may rewrite the address: this is the one that was asked for.
    const path = (request.url ?? "").replace(/\?.*/s, "");
    const client = clientAddress(request);
    const before = socket.bytesWritten;
    response.once("close", () => {
      const status = response.statusCode;
      const isRead = method === "GET" || method === "HEAD";
      if (what === "dynamic" && isRead && status < 400 && isRoutine(path)) return;
      const isComplete = response.writableFinished;
      log.info(
        {
          method,
          path,
          status,
          bytes: socket.bytesWritten - before,
          milliseconds: Math.round(now() - start),
          client,
          agent: request.headers["user-agent"],
          ...(!isComplete && { isComplete }),
        },
        isComplete ? `${method} ${path} ${status}` : `${method} ${path} ${status}, the client left early`,
      );
    });
  };
}
