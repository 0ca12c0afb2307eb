import { expect, test } from "vitest";
import { parseLock, parseRequirementsFile, UnreadableList, type WantedList } from "./wanted.ts";

/** `name specifiers hashes filenames`, what is absent left out. */
const short = ({ wanted, passedOver }: WantedList) => ({
  wanted: wanted.map(({ name, specifiers, hashes, filenames }) =>
    [name, specifiers?.text, ...(hashes ?? []), ...(filenames ?? [])].filter(Boolean).join(" "),
  ),
  passedOver,
});

const digest = "ab".repeat(32);

test.each<[string, string, string[], string[]]>([
  ["a name", "Brie_Cheese", ["brie-cheese"], []],
  ["specifiers, extras and a marker", 'brie[soft]>=1,<2 ; python_version > "3"', ["brie <2,>=1"], []],
  ["comments and blank lines", "# all\n\nbrie==1.0  # ours\n", ["brie ==1.0"], []],
  [
    "hashes on continued lines",
    `brie==1.0 \\\n    --hash=sha256:${digest.toUpperCase()} \\\n --hash=md5:00\n`,
    [`brie ==1.0 ${digest}`],
    [],
  ],
  ["carriage returns", "brie\r\ngouda==2 \\\r\n  --hash=sha256:00\r\n", ["brie", "gouda ==2 00"], []],
  [
    "an address",
    "brie @ https://files.example/brie-1.0.tar.gz",
    [],
    ["brie: comes from an address, not from an index"],
  ],
  [
    "an option",
    "-r more.txt\n--index-url https://a.example/\nbrie",
    ["brie"],
    [
      "-r more.txt: options and other files are not followed",
      "--index-url https://a.example/: options and other files are not followed",
    ],
  ],
  ["nonsense", "brie >= dog", [], ["brie >= dog: Expected semicolon (after name with no version specifier) or end"]],
])("a requirements file with %s", (_, text, wanted, passedOver) => {
  expect(short(parseRequirementsFile(text))).toEqual({ wanted, passedOver });
});

test.each<[string, string, string[], string[]]>([
  [
    "uv.lock",
    `version = 1
[[package]]
name = "Brie"
version = "1.0"
source = { registry = "https://a.example/simple" }
sdist = { url = "https://f.example/x/brie-1.0.tar.gz", hash = "sha256:${digest}" }
wheels = [{ url = "https://f.example/x/brie-1.0%2Bc-py3-none-any.whl#frag", size = 3 }]
[[package]]
name = "app"
source = { virtual = "." }
`,
    ["brie brie-1.0.tar.gz brie-1.0+c-py3-none-any.whl"],
    ["app: no files of an index are locked for it"],
  ],
  [
    "poetry.lock",
    `[[package]]\nname = "brie"\nfiles = [{file = "brie-1.0.tar.gz", hash = "sha256:${digest}"}]\n`,
    ["brie brie-1.0.tar.gz"],
    [],
  ],
  [
    "pylock.toml",
    `lock-version = "1.0"\n[[packages]]\nname = "brie"\nwheels = [{name = "brie-1.0-py3-none-any.whl", url = "https://f.example/1"}]\n`,
    ["brie brie-1.0-py3-none-any.whl"],
    [],
  ],
])("%s", (_, text, wanted, passedOver) => {
  expect(short(parseLock(text))).toEqual({ wanted, passedOver });
});

test.each([
  ["no TOML", "{}", "It is no TOML"],
  ["another file", "[project]\nname = 'brie'\n", "It lists no packages"],
  ["a broken lock", "[[package]]\nversion = '1'\n", "not written as a lock file"],
])("%s is refused with a sentence", (_, text, message) => {
  expect(() => parseLock(text)).toThrow(UnreadableList);
  expect(() => parseLock(text)).toThrow(message);
});
