import { createHash } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordingLog } from "../../test/support/log.ts";
import { parseServerSecret } from "../platform/crypto/secret.ts";
import { HtpasswdUnreadable, openHtpasswd } from "./htpasswd.ts";

const SECRET_HASH = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const OTHER_HASH = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
const secret = parseServerSecret("00".repeat(32), "the test");

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "htpasswd-"));
  path = join(folder, "htpasswd");
});
afterEach(() => rm(folder, { recursive: true }));

async function write(text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function opened() {
  let now = Temporal.Instant.from("2026-01-01T00:00:00Z");
  const { log, lines } = recordingLog();
  const htpasswd = await openHtpasswd({ path, clock: { now: () => now }, secret, log });
  return {
    htpasswd,
    lines,
    pass(seconds: number) {
      now = now.add({ seconds });
    },
  };
}

test("a user of the file is let in with the right password only", async () => {
  await write(`alice:${SECRET_HASH}\n`);
  const { htpasswd } = await opened();
  expect(await htpasswd.isUser("alice", "secret")).toBe(true);
  expect(await htpasswd.isUser("alice", "secret")).toBe(true);
  expect(await htpasswd.isUser("alice", "wrong")).toBe(false);
  expect(await htpasswd.isUser("Alice", "secret")).toBe(false);
  expect(await htpasswd.isUser("bob", "secret")).toBe(false);
});

test("a password of more than 4,096 characters is not looked at", async () => {
  const password = "x".repeat(4_097);
  const sha1 = (text: string) => `{SHA}${createHash("sha1").update(text).digest("base64")}`;
  await write(`alice:${sha1(password)}\nbob:${sha1(password.slice(1))}\n`);
  const { htpasswd } = await opened();
  expect(await htpasswd.isUser("alice", password)).toBe(false);
  expect(await htpasswd.isUser("bob", password.slice(1))).toBe(true);
});

test("a change of the file counts within a second, also for outcomes that are remembered", async () => {
  await write(`alice:${SECRET_HASH}\nbob:${SECRET_HASH}\n`);
  const { htpasswd, pass } = await opened();
  expect(await htpasswd.isUser("alice", "secret")).toBe(true);
  expect(await htpasswd.isUser("carol", "secret")).toBe(false);
  await write(`bob:${SECRET_HASH.replace("abc", "xyz")}\ncarol:${OTHER_HASH}\n`);
  pass(1);
  expect(await htpasswd.isUser("alice", "secret")).toBe(false);
  expect(await htpasswd.isUser("bob", "secret")).toBe(false);
  expect(await htpasswd.isUser("carol", "secret")).toBe(true);
});

test("a file that goes missing lets nobody in until it is back; the log says so once", async () => {
  await write(`alice:${SECRET_HASH}\n`);
  const { htpasswd, lines, pass } = await opened();
  await rm(path);
  pass(1);
  expect(await htpasswd.isUser("alice", "secret")).toBe(false);
  pass(1);
  expect(await htpasswd.isUser("alice", "secret")).toBe(false);
  expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
  await write(`alice:${SECRET_HASH}\n`);
  pass(1);
  expect(await htpasswd.isUser("alice", "secret")).toBe(true);
});

test("the start says how many users there are, and which lines let nobody in, never with what they hold", async () => {
  await write(`alice:${SECRET_HASH}\nbob:hunter2\n`);
  const { lines } = await opened();
  expect(lines.map(({ level, message }) => `${level}: ${message.replace(folder, "")}`)).toEqual([
    "info: /htpasswd lets 1 users in",
    expect.stringContaining("warn: line 2 of /htpasswd (bob) lets nobody in: only bcrypt"),
  ]);
  expect(JSON.stringify(lines)).not.toContain("hunter2");
});

test("a start without the file fails with its name", async () => {
  await expect(opened()).rejects.toThrow(HtpasswdUnreadable);
  await expect(opened()).rejects.toThrow(path);
});
