import { expect, test } from "vitest";
import { chooseSocketFolder } from "./home.ts";

const temporary = "/var/tmp";

test("the socket lies in the data folder as long as its whole address has at most 90 bytes", () => {
  const fitting = `/${"d".repeat(90 - "/.s.PGSQL.5432".length - 1)}`;
  expect(chooseSocketFolder(fitting, "/data", temporary)).toBe(fitting);
  expect(chooseSocketFolder(`${fitting}d`, "/data", temporary)).toMatch(/^\/var\/tmp\/cheeseshop-[0-9a-f]{12}$/);
});

test("bytes count, not letters", () => {
  expect(chooseSocketFolder(`/${"é".repeat(45)}`, "/data", temporary)).toMatch(/^\/var\/tmp\//);
});

test("the same data folder always has the same place, another folder another", () => {
  const long = `/${"d".repeat(200)}`;
  expect(chooseSocketFolder(long, "/a", temporary)).toBe(chooseSocketFolder(long, "/a", temporary));
  expect(chooseSocketFolder(long, "/a", temporary)).not.toBe(chooseSocketFolder(long, "/b", temporary));
});

test("a temporary folder with a long name of its own is not used", () => {
  const long = `/${"d".repeat(200)}`;
  expect(chooseSocketFolder(long, "/a", `/${"t".repeat(80)}`)).toMatch(/^\/tmp\/cheeseshop-/);
});
