import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Says `100 Continue` when the body is first read and not before, so that a request refused by its headers is answered
 * while the client still waits. Such a connection is closed afterwards: whether the client sends the body anyway is
 * its choice (RFC 9110 §10.1.1), so what follows on it could be either.
 */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read;
  const keepAlive = response.shouldKeepAlive;
  response.shouldKeepAlive = false;
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent && !response.destroyed) {
      response.shouldKeepAlive = keepAlive;
      response.writeContinue();
    }
    read.call(request, size);
  };
}
