import { describe, expect, test } from "vitest";
import { createLog, type LogOptions } from "./create-log.ts";

const TOKEN = "pypi-AgENaW5kZXguZXhhbXBsZQIkYThiMWMyZDM";

function collect(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: "info", isReadable: false, write: (line) => void lines.push(line), ...options });
  return { lines, log };
}

test("a line is one JSON object: time, level, who speaks, fields, sentence", () => {
  const { lines, log } = collect({ from: "worker 1" });
  log.info({ project: "brie" }, "stored brie-1.0.tar.gz");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    from: "worker 1",
    project: "brie",
    msg: "stored brie-1.0.tar.gz",
  });
});

test("what is below the level is not written", () => {
  const { lines, log } = collect({ level: "warn" });
  log.info({}, "a");
  log.warn({}, "b");
  expect(lines).toHaveLength(1);
});

describe("no secret is written, in JSON or in short lines", () => {
  const basic = Buffer.from(`__token__:${TOKEN}`).toString("base64");
  test.each<[string, object, string]>([
    ["a token in the sentence", {}, `took ${TOKEN} from someone`],
    ["a token in a field of any name", { given: TOKEN }, "x"],
    ["a field named password", { user: { password: "hunter2" } }, "x"],
    ["a field with a quote in it", { password: 'hun"hunter2' }, "x"],
    ["request headers", { headers: { authorization: `Basic ${basic}`, cookie: "session=hunter2" } }, "x"],
    ["a list of cookies", { headers: { "set-cookie": ["session=hunter2"] } }, "x"],
    ["credentials in the sentence", {}, `header Authorization: Basic ${basic}`],
    ["an address with a password", { url: "postgresql://u:hunter2@db/x" }, "connecting to postgresql://u:hunter2@db/x"],
    [
      "the message and stack of an error",
      { err: new Error(`cannot reach postgresql://u:hunter2@db/x with ${TOKEN}`) },
      "x",
    ],
    ["the secret key", { secretKey: "hunter2hunter2" }, "x"],
  ])("%s", (_, fields, message) => {
    for (const isReadable of [false, true]) {
      const { lines, log } = collect({ isReadable });
      log.error(fields, message);
      expect(lines.join()).not.toMatch(/hunter2|AgENaW5k|X190b2tlbl9f/);
      if (!isReadable) expect(() => JSON.parse(lines[0] ?? "")).not.toThrow();
    }
  });

  test("and what is no secret stays", () => {
    const { lines, log } = collect();
    log.info({ project: "pypi-attestations", url: "http://h:80/a@b" }, "stored pypi-attestations-1.0.tar.gz");
    expect(lines[0]).toContain("stored pypi-attestations-1.0.tar.gz");
    expect(lines[0]).toContain("http://h:80/a");
  });
});

test("a person reads the time, how bad it is, and the sentence", () => {
  const { lines, log } = collect({ isReadable: true });
  log.info({ project: "brie" }, "stored brie");
  log.warn({}, "careful");
  log.error({ err: new Error("broken") }, "gave up");
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d stored brie\n$/);
  expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d warning: careful\n$/);
  expect(lines[2]).toMatch(/^\d\d:\d\d:\d\d error: gave up\n {2}Error: broken\n {4,}at /);
});
