import type { IncomingMessage, ServerResponse } from "node:http";

export interface BodyPaceOptions {
  /** Milliseconds of any clock that only goes forward. */
  readonly now: () => number;
  /** Every so many milliseconds … */
  readonly windowMs: number;
  /** … at least so many bytes must have come. */
  readonly leastBytes: number;
  /** Called once for a request that brought less. */
  readonly onTooSlow: (request: IncomingMessage, response: ServerResponse) => void;
}

interface Watched {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  windowStart: number;
  bytesAtStart: number;
}

/**
 * Ends bodies that trickle. It looks at all of them at once, whenever `check` is called, so that a thousand slow senders
 * cost one timer; a window in which *we* did not read (a full disk queue, a busy database) does not count against the client.
 */
export function createBodyPace({ now, windowMs, leastBytes, onTooSlow }: BodyPaceOptions) {
  const watched = new Set<Watched>();
  return {
    /** How many bodies are under way. */
    get size() {
      return watched.size;
    },
    watch(request: IncomingMessage, response: ServerResponse): void {
      const entry = { request, response, windowStart: now(), bytesAtStart: request.socket.bytesRead };
      watched.add(entry);
      request.once("close", () => watched.delete(entry));
    },
    check(): void {
      for (const entry of watched) {
        const { request, response } = entry;
        if (request.complete || request.socket.destroyed) {
          watched.delete(entry);
        } else if (now() - entry.windowStart >= windowMs) {
          const came = request.socket.bytesRead - entry.bytesAtStart;
          const isFull = request.readableLength >= request.readableHighWaterMark;
          if (came < leastBytes && !isFull) {
            watched.delete(entry);
            onTooSlow(request, response);
          } else {
            entry.windowStart = now();
            entry.bytesAtStart = request.socket.bytesRead;
          }
        }
      }
    },
  };
}
