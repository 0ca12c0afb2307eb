import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** For how long the rest of what a client sends is still read after its connection was given up, in milliseconds. */
const lingerMs = 2_000;

const answered = new WeakSet<Duplex>();

/**
 * Answers what Node's parser refuses, where no request exists yet: a clear 4xx, then the connection is closed, reading on for a
 * moment so that the client sees the answer and not a reset. `isAnswering` says whether an answer is under way on this
 * connection already, into which nothing may be written.
 */
export function answerClientError(error: Error, socket: Duplex, isAnswering: boolean): void {
  // The parser complains again about every further piece.
  if (answered.has(socket)) return;
  answered.add(socket);
  const code = "code" in error ? error.code : undefined;
  if (isAnswering || !socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, text] = refusalFor(code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: text/plain; charset=UTF-8",
    `Content-Length: ${text.length}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once("close", () => clearTimeout(timer));
}

function refusalFor(code: unknown): readonly [status: number, text: string] {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return [431, "The header fields of this request are too large: 64 KiB is the limit."];
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return [413, "The chunk extensions of this body are too large."];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return [408, "The header fields of this request took too long to arrive."];
    default:
      return [400, "This is not a request that can be understood as HTTP/1.1."];
  }
}
