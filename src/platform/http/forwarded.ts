import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";
import { remember } from "./remember.ts";

/** Who really asked, and how: the connection's own facts, or a trusted proxy's word for them. */
export interface Forwarded {
  /** Over https, at the far end of the trusted proxies. */
  isSecure(request: IncomingMessage): boolean;
  /** The nearest address that is not a trusted proxy; `unknown` on a socket that has gone. */
  clientAddress(request: IncomingMessage): string;
  /** Was it a trusted proxy that sent this to us? */
  isFromTrustedProxy(request: IncomingMessage): boolean;
}

/** Builds the list of trusted proxies from `10.0.0.0/8`, `::1`, … Throws a plain Error that names the bad one. */
export function parseProxies(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
}

function addRange(list: BlockList, range: string): void {
  const [address = "", bits, ...rest] = range.split("/");
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  const longest = family === "ipv6" ? 128 : 32;
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
  if (isIP(address) === 0 || !isPrefix || rest.length > 0) {
    throw new Error(`${range} is not an address or a range of addresses such as 10.0.0.0/8`);
  }
  list.addSubnet(address, bits === undefined ? longest : Number(bits), family);
}

/** `X-Forwarded-*` counts only when a proxy of this list sent it. */
export function createForwarded(proxies: BlockList): Forwarded {
  const trustsSome = proxies.rules.length > 0;
  // Nearly every request comes from the same few proxies, and asking the list costs a tenth of an answer from memory.
  const isInList = remember(
    (address) => isIP(address) !== 0 && proxies.check(address, isIPv6(address) ? "ipv6" : "ipv4"),
  );
  const isTrusted = (address: string) => trustsSome && isInList(address);

  function isFromTrustedProxy(request: IncomingMessage): boolean {
    return trustsSome && isTrusted(plainAddress(request.socket?.remoteAddress));
  }

  return {
    isFromTrustedProxy,
    isSecure(request) {
      if ("encrypted" in request.socket && request.socket.encrypted === true) return true;
      return isFromTrustedProxy(request) && lastOf(request.headers["x-forwarded-proto"]).toLowerCase() === "https";
    },
    clientAddress(request) {
      let client = plainAddress(request.socket?.remoteAddress);
      if (!isTrusted(client)) return client;
      const hops = elementsOf(request.headers["x-forwarded-for"]).map(plainAddress);
      for (const hop of hops.toReversed()) {
        // What stands left of something that is no address was not written by a proxy of ours.
        if (isIP(hop) === 0) return client;
        client = hop;
        if (!isTrusted(hop)) return client;
      }
      return client;
    },
  };
}

/** An IPv4 address that arrived on an IPv6 socket is written as IPv4, and brackets and a port are left out. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const bare = /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address;
  return bare.toLowerCase().startsWith("::ffff:") && bare.includes(".") ? bare.slice(7) : bare;
}

function elementsOf(field: string | string[] | undefined): readonly string[] {
  return [field ?? []]
    .flat()
    .join(",")
    .split(",")
    .map((element) => element.trim())
    .filter((element) => element !== "");
}

/** Proxies append: the last element is the word of the proxy that we trust. */
function lastOf(field: string | string[] | undefined): string {
  return elementsOf(field).at(-1) ?? "";
}

const loopback = parseProxies(["127.0.0.0/8", "::1"]);

/** An address of this very machine. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
