import { isIPv6 } from "node:net";
import { isLoopback } from "../platform/config/addresses.ts";
import type { Config } from "../platform/config/resolve.ts";

const EVERYWHERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * Where the server says it is: `--public-url`, or the address it listens on. For "all addresses" that is this machine's
 * own, where what is printed works as pasted. Ends with a slash. `port` is the real one where 0 was asked for.
 */
export function baseUrlOf(
  { publicUrl, host, tlsCert, port: wanted }: Pick<Config, "publicUrl" | "host" | "tlsCert" | "port">,
  port = wanted,
): string {
  if (publicUrl !== undefined) return publicUrl;
  const reachable = EVERYWHERE[host] ?? host;
  const scheme = tlsCert === undefined ? "http" : "https";
  return new URL(`${scheme}://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}/`).href;
}

/** Whether pip must be told to trust this address: plain http to another machine. */
export function needsTrust(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"));
}
