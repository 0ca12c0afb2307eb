import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { inject as injectInto, type Response } from "light-my-request";
import type { Listener } from "../../src/platform/http/listener.ts";

export interface InjectedRequest {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
  /** 127.0.0.1 when absent. */
  readonly remoteAddress?: string;
}

/** Sends one request through the whole listener, without a socket. */
export function inject(listener: Listener, request: InjectedRequest): Promise<Response> {
  const { method = "GET", url, headers = {}, payload, remoteAddress } = request;
  const dispatch = (incoming: IncomingMessage, response: ServerResponse) => {
    // The address as it would stand in the request line; the library would parse and tidy it.
    incoming.url = url;
    // The stand-in for Node's request lacks the property that tells a whole body from one that was cut short.
    Object.defineProperty(incoming, "complete", { get: () => incoming.readableEnded });
    listener(incoming, response);
  };
  return injectInto(dispatch, {
    method,
    url: "/",
    headers: { ...headers },
    ...(payload === undefined ? {} : { payload }),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  });
}

/**
 * Writes `bytes` to a server as they stand and resolves with all that came back, in latin-1, when the server closes the
 * connection. A reset is reported as an error.
 */
export function sendRaw(port: number, ...bytes: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(received).toString("latin1")));
    for (const part of bytes) socket.write(part);
  });
}
