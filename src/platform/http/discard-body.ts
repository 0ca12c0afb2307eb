import type { IncomingMessage } from "node:http";

export interface DiscardLimits {
  /** Bytes of the connection after which it is closed. */
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Reads and throws away what is left of a body that was answered early. A client that is still sending would otherwise
 * get a reset in place of the answer. Past a limit the connection is closed; one that ends in time can be used again.
 */
export function discardBody(request: IncomingMessage, limits: DiscardLimits): void {
  const { socket } = request;
  if (request.complete || socket.destroyed) return;
  const end = socket.bytesRead + limits.bytes;
  const timer = setTimeout(() => socket.destroy(), limits.ms).unref();
  request.once("close", () => clearTimeout(timer));
  request.unpipe();
  request.on("data", () => {
    if (socket.bytesRead > end) socket.destroy();
  });
  request.resume();
}
