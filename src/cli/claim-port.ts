import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { CommandFailed } from "./terminal.ts";

/** The address cannot be listened on; the message says which setting to change. */
export class CannotListen extends CommandFailed {}

/**
 * Tries the address before anything is started, so that a port in use is told in the first instant, and turns port 0 into
 * a free one that all workers, and later ones, can share. Throws CannotListen.
 */
export function claimPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => reject(new CannotListen(describeListenError(error, host, port))));
    server.listen({ host, port, exclusive: true }, () => {
      const { port: real } = server.address() as AddressInfo;
      server.close(() => resolve(real));
    });
  });
}

/** What to do about an error of `listen`. */
export function describeListenError(error: Error, host: string, port: number): string {
  const code = "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is in use by another program: choose another with --port, or --port 0 for any free one`;
    case "EACCES":
      return `Port ${port} is for privileged programs: choose one above 1023 with --port`;
    case "EADDRNOTAVAIL":
      return `${host} is not an address of this machine: choose another with --host, or 0.0.0.0 for all`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name ${host} has no address here: choose another with --host`;
    default:
      return `${host} port ${port} cannot be listened on: ${error.message}`;
  }
}
