import { expect, test } from "vitest";
import { hasValidEntryPoints } from "./entry-points.ts";

const cases: [string, boolean, string][] = [
  ["no entry points", true, ""],
  ["a command", true, "[console_scripts]\nbrie = cheese.brie:main\n"],
  ["a command with extras and an object path", true, "[console_scripts]\nbrie = cheese:App.run [extra]\n"],
  ["dots, dashes, digits, underscores", true, "[gui_scripts]\na.b-c_1 = m:f\n"],
  ["letters beyond ASCII", true, "[console_scripts]\nkäse = m:f\n"],
  ["comments and blank lines", true, "# hello\n\n; there\n[console_scripts]\n# in between\na = m:f\n"],
  ["Windows line ends", true, "[console_scripts]\r\na = m:f\r\n"],
  ["a value over two lines", true, "[console_scripts]\na = m:f\n  , more\n"],
  ["a value with = and :", true, "[console_scripts]\na = m:f = g\n"],
  ["two names that differ in case", true, "[console_scripts]\na = m:f\nA = m:g\n"],
  ["another group may name anything", true, "[pytest11]\nsome thing/else = m\n"],
  ["one command in both groups", true, "[console_scripts]\na = m:f\n[gui_scripts]\na = m:f\n"],
  ["defaults that no script group inherits", true, "[DEFAULT]\na/b = m:f\n[other]\nx = y\n"],
  ["defaults twice", true, "[DEFAULT]\na = b\n[DEFAULT]\nc = d\n"],
  ["a path", false, "[console_scripts]\n../x = m:f\n"],
  ["a name with a space", false, "[console_scripts]\na b = m:f\n"],
  ["a path among the defaults", false, "[DEFAULT]\na/b = m:f\n[console_scripts]\nc = m:f\n"],
  ["a path in the second group", false, "[console_scripts]\na = m:f\n[gui_scripts]\na/b = m:f\n"],
  ["a group twice", false, "[console_scripts]\na = m:f\n[console_scripts]\nb = m:f\n"],
  ["a name twice", false, "[console_scripts]\na = m:f\na = m:g\n"],
  ["a line before any group", false, "a = m:f\n"],
  ["a colon as delimiter", false, "[console_scripts]\na: m.f\n"],
  ["a name without value", false, "[console_scripts]\na\n"],
  ["a value without name", false, "[console_scripts]\n= m:f\n"],
  ["a byte order mark", false, "\ufeff[console_scripts]\na = m:f\n"],
];

test.each(cases)("entry points with %s: valid is %s", (_, valid, text) => {
  expect(hasValidEntryPoints(Buffer.from(text))).toBe(valid);
});

test("entry points have to be UTF-8", () => {
  expect(hasValidEntryPoints(Buffer.from("[console_scripts]\nkäse = m:f\n", "latin1"))).toBe(false);
});
