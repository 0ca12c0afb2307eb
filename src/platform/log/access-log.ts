import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "./log.ts";

export interface AccessLogDeps {
  readonly log: Pick<Log, "info">;
  /** `dynamic` leaves out what was answered from memory or as a plain file. */
  readonly what: "none" | "dynamic" | "all";
  /** Milliseconds on any scale that only goes forward. */
  readonly now: () => number;
  readonly clientAddress: (request: IncomingMessage) => string;
}

export interface AccessLog {
  /** Writes one line when the answer has ended, or the client has gone. To be called before anything is answered. */
  watch(request: IncomingMessage, response: ServerResponse): void;
  /** Says that this request was answered on the short way. */
  markHot(request: IncomingMessage): void;
}

/** One line per request. Queries stay out: people put tokens there. */
export function createAccessLog({ log, what, now, clientAddress }: AccessLogDeps): AccessLog {
  if (what === "none") return { watch: () => {}, markHot: () => {} };
  const hot = new WeakSet<IncomingMessage>();
  return {
    markHot(request) {
      if (what === "dynamic") hot.add(request);
    },
    watch(request, response) {
      const start = now();
      const { method = "", socket } = request;
      const path = (request.url ?? "").replace(/\?.*/s, "");
      const client = clientAddress(request);
      const before = socket.bytesWritten;
      response.once("close", () => {
        if (hot.has(request)) return;
        const status = response.statusCode;
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
    },
  };
}
