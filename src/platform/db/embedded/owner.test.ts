import { expect, test } from "vitest";
import { permits } from "./owner.ts";

const user = { uid: 65534, gid: 65534 };
const READ = 4;
const SEARCH = 1;

test.for([
  ["a root-owned 0700 folder", { uid: 0, gid: 0, mode: 0o40700 }, SEARCH, false],
  ["a root-owned 0711 folder", { uid: 0, gid: 0, mode: 0o40711 }, SEARCH, true],
  ["reading a root-owned 0711 folder", { uid: 0, gid: 0, mode: 0o40711 }, READ, false],
  ["its own 0700 folder", { uid: 65534, gid: 0, mode: 0o40700 }, SEARCH, true],
  ["its group's 0710 folder", { uid: 0, gid: 65534, mode: 0o40710 }, SEARCH, true],
  ["its own folder that only others may pass", { uid: 65534, gid: 0, mode: 0o40001 }, SEARCH, false],
  ["its group's folder that only others may pass", { uid: 0, gid: 65534, mode: 0o40701 }, SEARCH, false],
] as const)("%s: %o, bits %i → %s", ([, node, bits, expected]) => {
  expect(permits(node, user, bits)).toBe(expected);
});
