import { connect, type Socket } from "node:net";
import { createHttpServer, type HttpServer, type HttpServerOptions } from "../../src/platform/http/create-server.ts";

export interface RunningServer extends HttpServer {
  readonly port: number;
  /** Has any request ever reached the listener? */
  readonly wasAsked: () => boolean;
  /** Closes it at once, for the end of a test. */
  readonly stop: () => Promise<void>;
}

/** A server around a listener on a free port of 127.0.0.1. */
export async function startServer(options: HttpServerOptions): Promise<RunningServer> {
  let requests = 0;
  const made = createHttpServer({
    ...options,
    listener: (request, response) => {
      requests++;
      options.listener(request, response);
    },
  });
  const { server } = made;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { ...made, port: address.port, wasAsked: () => requests > 0, stop };
}

/** A connection that a test drives by hand. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that has come so far, in latin-1. */
  readonly received: () => string;
  /** Resolves when `text` has come; rejects when the connection closes before. */
  readonly until: (text: string) => Promise<string>;
  /** Resolves with all that came when the server closes; rejects on a reset. */
  readonly closed: Promise<string>;
}

export function openRaw(port: number): RawConnection {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  const closed = new Promise<string>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
  closed.catch(() => {});
  const until = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (received.includes(text)) resolve(received);
      };
      socket.on("data", look);
      look();
      closed.then(() => reject(new Error(`closed before ${JSON.stringify(text)}, after: ${received}`)), reject);
    });
  return { socket, received: () => received, until, closed };
}
