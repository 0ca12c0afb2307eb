import { isIP } from "node:net";
import { Unfit } from "./unfit.ts";

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i;

/** A host name or an IP address; the brackets of `[::1]` are taken off. Throws Unfit. */
export function parseHost(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) === 0 && !HOST_NAME.test(host)) throw new Unfit("is not a host name or an IP address");
  return host;
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** An http or https address without query, fragment or credentials, as `https://host/base/` with a slash at the end. Throws Unfit. */
export function parseBaseUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Unfit("is not an address that begins with https:// or http://");
  if (url.username || url.password) throw new Unfit("has a user or password in it; this address is printed on pages");
  if (url.search || url.hash) throw new Unfit("has a query or a fragment; only a host and a path make sense here");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

/**
 * The address of another index's simple pages, with a slash at its end: a user and a password in it are allowed, and never
 * printed. Or `pip` for the index that pip is configured with, or `off`. Throws Unfit.
 */
export function parseUpstream(text: string): string {
  const word = text.trim();
  if (word === "pip" || word === "off") return word;
  const url = URL.parse(word);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Unfit("is neither an address that begins with https:// or http://, nor pip or off");
  }
  if (url.search || url.hash) throw new Unfit("has a query or a fragment; only a host and a path make sense here");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

/** An upstream's address as it may be printed: without user, password, query and fragment. */
export function withoutCredentials(address: string): string {
  const url = URL.parse(address);
  return url === null ? "(not an address)" : `${url.origin}${url.pathname}`;
}

/** The address of a PostgreSQL database. Throws Unfit. */
export function parseDatabaseUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Unfit("is not an address that begins with postgresql://");
  }
  return text.trim();
}

/** A network in CIDR form (RFC 4632), IPv4 or IPv6, or one address, as it was written. Throws Unfit. */
export function parseNetwork(text: string): string {
  const [address = "", bits, ...rest] = text.trim().split("/");
  const most = isIP(address) === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (isIP(address) === 0 || rest.length > 0 || !(prefix <= most)) {
    throw new Unfit("is not a network such as 10.0.0.0/8 or an address such as 10.1.2.3");
  }
  return text.trim();
}
