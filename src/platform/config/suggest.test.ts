import { expect, test } from "vitest";
import { suggest } from "./suggest.ts";

const known = ["port", "host", "private", "public-url", "files-url"];

test.each([
  ["prot", "port"],
  ["hots", "host"],
  ["publicurl", "public-url"],
  ["file-url", "files-url"],
  ["privat", "private"],
])("%s was meant to be %s", (written, meant) => expect(suggest(written, known)).toBe(meant));

test.each(["upstream", "x", ""])("%j is near nothing", (written) => expect(suggest(written, known)).toBeUndefined());
