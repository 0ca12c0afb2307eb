import { expect, test } from "vitest";
import { parsePostmasterFile } from "./postmaster-file.ts";

const whole = [
  "4711",
  "/srv/data/postgres/data",
  "1700000000",
  "5432",
  "/srv/data/run",
  "",
  "  1234   5678",
  "ready   ",
  "",
];

test("a whole file of a postmaster that takes connections", () => {
  expect(parsePostmasterFile(whole.join("\n"))).toEqual({
    pid: 4711,
    cluster: "/srv/data/postgres/data",
    socketFolder: "/srv/data/run",
    isReady: true,
  });
});

test.for([
  ["starting", [...whole.slice(0, 7), "starting"]],
  ["stopping", [...whole.slice(0, 7), "stopping"]],
  ["status not written yet", whole.slice(0, 7)],
  ["only the first lines written", whole.slice(0, 2)],
] as const)("%s is not ready", ([, lines]) => {
  expect(parsePostmasterFile(lines.join("\n"))).toMatchObject({ pid: 4711, isReady: false });
});

test.for([
  ["nothing", ""],
  ["no data folder yet", "4711\n"],
  ["a word for a number", "pid\n/srv/data"],
  ["the whole session, which kill would take a negative number for", "-4711\n/srv/data"],
  ["init", "1\n/srv/data"],
])("%s names no postmaster", ([, text]) => {
  expect(parsePostmasterFile(text ?? "")).toBeUndefined();
});
