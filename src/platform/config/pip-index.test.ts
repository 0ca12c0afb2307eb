import { expect, test } from "vitest";
import { findPipIndex } from "./pip-index.ts";

const conf = (url: string, section = "global") => `[${section}]\ntimeout = 60\nindex-url = ${url}\n`;

test.each<[string, string | undefined, Record<string, string>, Record<string, string>]>([
  ["nothing is configured", undefined, {}, {}],
  [
    "the environment counts more than any file",
    "https://env/",
    { PIP_INDEX_URL: "https://env/" },
    { "/etc/pip.conf": conf("https://etc/") },
  ],
  [
    "the whole machine",
    "https://etc/",
    {},
    { "/etc/xdg/pip/pip.conf": conf("https://xdg/"), "/etc/pip.conf": conf("https://etc/") },
  ],
  [
    "folders of the environment",
    "https://b/",
    { XDG_CONFIG_DIRS: "/a:/b" },
    { "/a/pip/pip.conf": conf("https://a/"), "/b/pip/pip.conf": conf("https://b/") },
  ],
  [
    "a user counts more than the machine",
    "https://me/",
    {},
    { "/etc/pip.conf": conf("https://etc/"), "/home/ada/.config/pip/pip.conf": conf("https://me/") },
  ],
  ["the old place of a user", "https://old/", {}, { "/home/ada/.pip/pip.conf": conf("https://old/") }],
  [
    "a user's own folder for configuration",
    "https://me/",
    { XDG_CONFIG_HOME: "/conf" },
    { "/conf/pip/pip.conf": conf("https://me/") },
  ],
  [
    "a virtual environment counts more than its user",
    "https://venv/",
    { VIRTUAL_ENV: "/venv" },
    { "/venv/pip.conf": conf("https://venv/"), "/home/ada/.config/pip/pip.conf": conf("https://me/") },
  ],
  [
    "a named file counts more than all others",
    "https://named/",
    { PIP_CONFIG_FILE: "/named", VIRTUAL_ENV: "/venv" },
    { "/named": conf("https://named/"), "/venv/pip.conf": conf("https://venv/") },
  ],
  [
    "a named file takes the place of the user's",
    "https://etc/",
    { PIP_CONFIG_FILE: "/named" },
    {
      "/named": "[global]\n",
      "/etc/pip.conf": conf("https://etc/"),
      "/home/ada/.config/pip/pip.conf": conf("https://me/"),
    },
  ],
  [
    "a named file that is not there takes nobody's place",
    "https://me/",
    { PIP_CONFIG_FILE: "/named" },
    { "/home/ada/.config/pip/pip.conf": conf("https://me/") },
  ],
  [
    "the null device: no files at all",
    undefined,
    { PIP_CONFIG_FILE: "/dev/null" },
    { "/etc/pip.conf": conf("https://etc/") },
  ],
  [
    "install counts more than global",
    "https://install/",
    {},
    { "/etc/pip.conf": conf("https://install/", "install") + conf("https://global/") },
  ],
  [
    "other spellings",
    "https://etc/",
    {},
    { "/etc/pip.conf": "# index-url = https://no/\n[global]\nIndex_URL: https://etc/\n" },
  ],
  [
    "an additional index is not the index",
    undefined,
    {},
    { "/etc/pip.conf": "[global]\nextra-index-url = https://extra/\n" },
  ],
])("pip's index: %s", (_, expected, env, files) => {
  expect(findPipIndex({ env, platform: "linux", home: "/home/ada", readText: (path) => files[path] })).toBe(expected);
});

test("on macOS the places are others", () => {
  const place = "/Users/ada/Library/Application Support/pip/pip.conf";
  const readText = (path: string) => (path === place ? conf("https://mac/") : undefined);
  expect(findPipIndex({ env: {}, platform: "darwin", home: "/Users/ada", readText })).toBe("https://mac/");
});
