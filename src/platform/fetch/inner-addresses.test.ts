import { expect, test } from "vitest";
import { isInnerAddress } from "./inner-addresses.ts";

test.each([
  ["127.0.0.1", true],
  ["127.255.255.254", true],
  ["0.0.0.0", true],
  ["10.1.2.3", true],
  ["100.64.0.1", true],
  ["169.254.169.254", true],
  ["172.16.0.1", true],
  ["172.31.255.255", true],
  ["192.168.1.1", true],
  ["224.0.0.1", true],
  ["255.255.255.255", true],
  ["::", true],
  ["::1", true],
  ["fe80::1", true],
  ["fe80::1%eth0", true],
  ["fec0::1", true],
  ["fd12:3456::1", true],
  ["ff02::1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:a01:203", true],
  ["64:ff9b::a9fe:a9fe", true],
  ["::127.0.0.1", true],
  ["1.1.1.1", false],
  ["100.128.0.1", false],
  ["172.15.255.255", false],
  ["172.32.0.1", false],
  ["192.169.0.1", false],
  ["2606:4700::1111", false],
  ["::ffff:1.1.1.1", false],
  ["64:ff9b::101:101", false],
  ["files.example.org", false],
])("%s is an inner address: %s", (address, isInner) => {
  expect(isInnerAddress(address)).toBe(isInner);
});
