import fc from "fast-check";
import { expect, test } from "vitest";
import { type CaveatContext, failingCaveats } from "./caveats.ts";

const NOW = Temporal.Instant.from("2026-01-01T00:00:00Z");
const SECONDS = NOW.epochMilliseconds / 1000;

const CONTEXT: CaveatContext = {
  action: "upload",
  index: { id: "index-1", name: "main" },
  project: { name: "Demo", normalizedName: "demo", id: "project-1" },
  userId: "user-1",
  now: NOW,
};
const NEW_PROJECT = { project: { name: "Demo", normalizedName: "demo", id: undefined } } as const;
const NO_PROJECT = { project: "none" } as const;
const READING = { action: "read", project: "unchecked" } as const;
const PUBLISHER = { publisher: { id: "publisher-1", projectIds: ["project-1"] }, userId: undefined } as const;

test.each<readonly [string, Partial<CaveatContext>, string | undefined]>([
  [`[0,${SECONDS + 1},0]`, {}, undefined],
  [`[0,${SECONDS + 1},${SECONDS}]`, {}, undefined],
  [`[0,${SECONDS},0]`, {}, "token is expired"],
  [`[0,${SECONDS + 9},${SECONDS + 1}]`, {}, "token is expired"],
  ["[1,[]]", {}, "project-scoped token is not valid for project: 'Demo'"],
  ['[1,["other","demo"]]', {}, undefined],
  ['[1,["demo"]]', NEW_PROJECT, undefined],
  ['[1,["other"]]', NEW_PROJECT, "project-scoped token is not valid for project: 'Demo'"],
  ['[1,["Demo"]]', {}, "project-scoped token is not valid for project: 'Demo'"],
  ['[1,["demo"]]', NO_PROJECT, "project-scoped token used outside of a project context"],
  ['[1,["other"]]', READING, undefined],
  ['[2,["project-1"]]', {}, undefined],
  ['[2,["project-2"]]', {}, "project-scoped token is not valid for project: 'Demo'"],
  ['[2,["project-1"]]', NEW_PROJECT, "project-scoped token is not valid for project: 'Demo'"],
  ['[2,["project-1"]]', NO_PROJECT, "project-scoped token used outside of a project context"],
  ['[2,["project-2"]]', READING, undefined],
  ['[3,"user-1"]', {}, undefined],
  ['[3,"user-2"]', {}, "current user does not match user restriction in token"],
  ['[3,"user-1"]', PUBLISHER, "token with user restriction without a user"],
  ['[4,"publisher-1",null]', {}, "OIDC scoped token used outside of an OIDC identified request"],
  ['[4,"publisher-1"]', PUBLISHER, undefined],
  ['[4,"publisher-1",{"ref":"x"}]', { ...PUBLISHER, ...READING }, undefined],
  ['[4,"publisher-2",null]', PUBLISHER, "current OIDC publisher does not match publisher restriction in token"],
  ['[4,"publisher-1",null]', { ...PUBLISHER, ...NO_PROJECT }, "OIDC scoped token used outside of a project context"],
  ['[4,"publisher-1",null]', { ...PUBLISHER, ...NEW_PROJECT }, "OIDC scoped token is not valid for project 'Demo'"],
  ['[64,["index-2","index-1"]]', {}, undefined],
  ['[64,["index-2"]]', {}, "index-scoped token is not valid for index: 'main'"],
  ['[64,["index-2"]]', READING, "index-scoped token is not valid for index: 'main'"],
  ['[64,["index-1"]]', { index: undefined }, "index-scoped token used outside of an index context"],
  ['[65,["read","upload"]]', {}, undefined],
  ['[65,["read","upload"]]', READING, undefined],
  ['[65,["read"]]', READING, undefined],
  ['[65,["read"]]', {}, "token is not valid for action: 'upload'"],
  ['[65,["upload"]]', READING, "token is not valid for action: 'read'"],
  ['[3,"user-1","and","more"]', {}, undefined],
  ["{}", {}, "caveat must be an array"],
  ['{"version":1,"permissions":"user"}', {}, "caveat must be an array"],
  ["null", {}, "caveat must be an array"],
  ["[]", {}, "caveat array cannot be empty"],
  ["[5]", {}, "caveat has unknown tag: 5"],
  ["[63,1]", {}, "caveat has unknown tag: 63"],
  ['["0",1,2]', {}, "caveat has unknown tag: 0"],
  [`["${"x".repeat(99)}"]`, {}, `caveat has unknown tag: ${"x".repeat(40)}`],
  ['[{"toString":1}]', {}, "caveat has unknown tag: object"],
  ["[0,99999999999]", {}, "Not enough values"],
  ["[65]", {}, "Not enough values"],
  ['[0,"99999999999",0]', {}, "invalid values for fields"],
  ["[0,99999999999.5,0]", {}, "invalid values for fields"],
  ["[0,1e999,0]", {}, "invalid values for fields"],
  ['[1,"demo"]', {}, "invalid values for fields"],
  ["[2,[1]]", {}, "invalid values for fields"],
  ["[3,null]", {}, "invalid values for fields"],
  ["[4,1]", {}, "invalid values for fields"],
  ["[64,null]", {}, "invalid values for fields"],
  ['[65,{"0":"upload"}]', {}, "invalid values for fields"],
  ["not JSON", {}, "unknown error"],
  ["", {}, "unknown error"],
])("%s with %j fails with: %s", (caveat, change, failure) => {
  const expected = failure === undefined ? [] : [failure];
  expect(failingCaveats([caveat], { ...CONTEXT, ...change })).toEqual(expected);
});

test("every caveat is evaluated, and each failure is told in order", () => {
  const caveats = ['[1,["other"]]', '[2,["project-2"]]', '[65,["upload"]]', "[0,1,0]", '[1,["other"]]'];
  expect(failingCaveats(caveats, CONTEXT)).toEqual([
    "project-scoped token is not valid for project: 'Demo'",
    "project-scoped token is not valid for project: 'Demo'",
    "token is expired",
    "project-scoped token is not valid for project: 'Demo'",
  ]);
});

test("what is not JSON hides what comes after it, never what came before, and never passes", () => {
  expect(failingCaveats(["[0,1,0]", "{", "[]"], CONTEXT)).toEqual(["token is expired"]);
  expect(failingCaveats(['[3,"user-1"]', "{", "[0,1,0]"], CONTEXT)).toEqual(["unknown error"]);
});

test("no caveats allow everything", () => {
  expect(failingCaveats([], CONTEXT)).toEqual([]);
});

test("no caveat makes the check throw", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.json(), fc.string())), (caveats) => {
      failingCaveats(caveats, CONTEXT);
    }),
  );
});
