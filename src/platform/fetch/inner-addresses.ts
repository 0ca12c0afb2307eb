import { BlockList, isIPv4, isIPv6 } from "node:net";

/** Networks that only machines near us can reach, or that are no machine's (IANA special-purpose address registries, RFC 6890). */
const INNER: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["::", 127],
  ["fc00::", 7],
  // Link-local, and site-local of old.
  ["fe80::", 9],
  ["ff00::", 8],
];
/** What stands before an IPv4 address that is written as an IPv6 address (RFC 4291 §2.5.5, RFC 2765 §2.1, RFC 6052). */
const BEFORE_IPV4: readonly string[] = ["::", "::ffff:", "::ffff:0:", "64:ff9b::"];

const inner = new BlockList();
for (const [network, prefix] of INNER) {
  if (isIPv6(network)) inner.addSubnet(network, prefix, "ipv6");
  else {
    inner.addSubnet(network, prefix, "ipv4");
    for (const before of BEFORE_IPV4) inner.addSubnet(before + network, 96 + prefix, "ipv6");
  }
}

/** Whether an IP address is of this machine or of a network around it: loopback, link-local, private, or nobody's. */
export function isInnerAddress(address: string): boolean {
  if (isIPv4(address)) return inner.check(address, "ipv4");
  return isIPv6(address) && inner.check(address.replace(/%.*$/, ""), "ipv6");
}
