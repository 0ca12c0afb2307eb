// Files of an upstream through the whole program: what installers ask for after they have read a page.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createIndex } from "../../src/indexes/index.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { buildSdist, buildWheel, type Distribution } from "../support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../support/fake-upstream.ts";
import { openRaw, type RunningServer, startServer } from "../support/http-server.ts";
import { makeMirror } from "../support/mirrored-files.ts";

let upstream: FakeUpstream;
let app: TestApp;
let server: RunningServer;
beforeEach(async () => {
  upstream = await startFakeUpstream();
  app = await createTestApp({ upstream: upstream.url });
  server = await startServer({ listener: app.listener });
});
afterEach(async () => {
  await server.stop();
  await app.close();
  await upstream.close();
});

const JSON_PAGE = { accept: "application/vnd.pypi.simple.v1+json" };

interface Listed {
  readonly filename: string;
  readonly url: string;
  readonly hashes: Readonly<Record<string, string>>;
}

async function addressOf({ name, filename }: Distribution, prefix = ""): Promise<string> {
  const page = await app.get(`${prefix}/simple/${name}/`, JSON_PAGE);
  const files: readonly Listed[] = page.json().files;
  const url = files.find((file) => file.filename === filename)?.url;
  if (url === undefined) throw new Error(`${filename} is not on the page: ${page.body}`);
  return new URL(url, "http://index.test").pathname;
}

const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test.each([
  ["a wheel", buildWheel({ name: "brie", padding: 300_000 })],
  ["a small sdist", buildSdist({ name: "brie" })],
])("%s arrives by one request to the upstream, cold and warm, with the same head", async (_, file) => {
  upstream.publish(file);
  const path = await addressOf(file);
  const [cold, meanwhile] = await Promise.all([ask(path), ask(path)]);
  for (const answer of [cold, meanwhile]) expect(sha256(await answer.bytes())).toBe(file.sha256);
  const warm = await ask(path);
  expect(sha256(await warm.bytes())).toBe(file.sha256);
  for (const name of ["content-length", "etag", "content-type", "cache-control", "accept-ranges"]) {
    expect(warm.headers.get(name), name).toBe(cold.headers.get(name));
  }
  expect(warm.headers.get("content-length")).toBe(String(file.bytes.length));
  expect(upstream.count(upstream.pathOf(file))).toBe(1);
});

test("what is kept goes on being served when the upstream is gone, and what is not is 503 with a wait", async () => {
  const [kept, other] = [buildWheel({ name: "brie" }), buildWheel({ name: "brie", version: "2.0" })];
  upstream.publish(kept);
  upstream.publish(other);
  const [path, cold] = [await addressOf(kept), await addressOf(other)];
  expect((await ask(path)).status).toBe(200);
  expect((await ask(`${path}.metadata`)).status).toBe(200);
  await upstream.down();
  expect(sha256(await (await ask(path)).bytes())).toBe(kept.sha256);
  expect(await (await ask(`${path}.metadata`)).text()).toBe(kept.metadata);
  for (const address of [cold, `${cold}.metadata`]) {
    const refused = await ask(address);
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([503, true]);
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  }
});

test("other bytes than promised break the connection, and are an error in the log", async () => {
  const file = buildWheel({ name: "brie", padding: 2_000_000 });
  upstream.publish(file);
  const path = await addressOf(file);
  upstream.misbehave({ kind: "wrong-bytes" }, upstream.pathOf(file));
  const broken = await ask(path);
  expect(broken.headers.get("content-length")).toBe(String(file.bytes.length));
  await expect(broken.bytes()).rejects.toThrow("terminated");
  expect((await ask(path)).status).toBe(503);
  expect(app.log.filter(({ level }) => level === "error")).toMatchObject([{ fields: { alarm: "wrong-digest" } }]);
  expect(await app.temporaryFiles()).toEqual([]);
});

test("bytes that stop coming break the connection, whether or not their number was announced", async () => {
  for (const chunked of [false, true]) {
    const file = buildWheel({ name: `cheese-${chunked}`, padding: 2_000_000 });
    upstream.publish(file);
    const path = await addressOf(file);
    upstream.misbehave({ kind: "truncated", chunked }, upstream.pathOf(file));
    await expect((async () => (await ask(path)).bytes())()).rejects.toThrow();
    upstream.heal();
    expect(sha256(await (await ask(path)).bytes())).toBe(file.sha256);
  }
});

test("a part of a cold file is 206, and its end waits until all of it was found right", async () => {
  const file = buildWheel({ name: "brie", padding: 2_000_000 });
  upstream.publish(file);
  const path = await addressOf(file);
  const hold = upstream.hold(upstream.pathOf(file), 1_500_000);
  const early = await ask(path, { headers: { range: "bytes=100000-199999" } });
  expect([early.status, early.headers.get("content-length")]).toEqual([206, "100000"]);
  expect(Buffer.from(await early.bytes())).toEqual(file.bytes.subarray(100_000, 200_000));
  const late = ask(path, { headers: { range: "bytes=-1000" } });
  hold.release();
  expect(Buffer.from(await (await late).bytes())).toEqual(file.bytes.subarray(-1000));
  expect(upstream.count(upstream.pathOf(file))).toBe(1);
});

test("a client that goes away leaves the download to the next", async () => {
  const file = buildWheel({ name: "brie", padding: 2_000_000 });
  upstream.publish(file);
  const path = await addressOf(file);
  const hold = upstream.hold(upstream.pathOf(file), 1_000_000);
  const raw = openRaw(server.port);
  raw.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await raw.until("HTTP/1.1 200");
  raw.socket.destroy();
  await once(raw.socket, "close");
  hold.release();
  expect(sha256(await (await ask(path)).bytes())).toBe(file.sha256);
  expect(upstream.count(upstream.pathOf(file))).toBe(1);
});

test("a sibling is there for every wheel, whatever the upstream has of it", async () => {
  Object.assign(upstream.form, { metadataFiles: false, coreMetadata: "none" });
  const file = buildWheel({ name: "brie", padding: 500_000, summary: "soft" });
  upstream.publish(file);
  const path = await addressOf(file);
  expect(await (await ask(`${path}.metadata`)).text()).toBe(file.metadata);
  expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
});

test("an address in a lock file is answered before anyone has read the page", async () => {
  const file = buildWheel({ name: "brie" });
  upstream.publish(file);
  expect(sha256(await (await ask(upstream.pathOf(file))).bytes())).toBe(file.sha256);
});

test("once a name is ours, none of its files come from elsewhere, kept or not", async () => {
  const [kept, cold] = [buildWheel({ name: "brie" }), buildWheel({ name: "brie", version: "2.0" })];
  upstream.publish(kept);
  upstream.publish(cold);
  const [path, coldPath] = [await addressOf(kept), await addressOf(cold)];
  expect((await ask(path)).status).toBe(200);
  const { authorization } = await app.makeUploader();
  const own = buildWheel({ name: "Brie", version: "0.1" });
  expect((await app.upload(own, authorization)).statusCode).toBe(200);
  for (const address of [path, coldPath, `${path}.metadata`, `${coldPath}.metadata`]) {
    expect((await ask(address)).status, address).toBe(404);
  }
  expect(upstream.count(upstream.pathOf(cold))).toBe(0);
  // The mirror itself is another index.
  expect((await ask(`/i/upstream${path}`)).status).toBe(200);
});

describe("a union of two mirrors", () => {
  let second: FakeUpstream;
  const theirs = buildWheel({ name: "edam", version: "2.0" });
  beforeEach(async () => {
    second = await startFakeUpstream();
    await makeMirror(app.db, "second", second.url);
    const both = { name: "both", kind: "union", isPrivate: false, isVolatile: false } as const;
    await createIndex(app.db, { ...both, keepDevelopmentReleases: null, members: ["upstream", "second"] });
    app.hear({ kind: "everything" });
    second.publish(theirs);
  });
  afterEach(() => second.close());
  const read = async (path: string) => {
    const answer = await ask(path);
    await answer.bytes();
    return answer.status;
  };

  test("gives files of the first that has the project, and of that alone", async () => {
    const url = (await addressOf(theirs, "/i/second")).replace("/i/second/", "/i/both/");
    upstream.publish(buildWheel({ name: "edam", version: "1.0" }));
    expect((await app.get("/i/both/simple/edam/")).body).not.toContain(theirs.filename);
    for (const address of [url, `${url}.metadata`]) {
      expect([address, await read(address)]).toEqual([address, 404]);
      expect(await read(address.replace("/i/both/", "/i/second/"))).toBe(200);
    }
  });

  test("gives files of the second for what the first does not have, and neither while that cannot be told", async () => {
    const url = (await addressOf(theirs, "/i/second")).replace("/i/second/", "/i/both/");
    await upstream.down();
    expect(await read(url)).toBe(503);
    await upstream.up();
    app.passTime({ minutes: 2 });
    expect(await read(url)).toBe(200);
    expect(await read(`${url}.metadata`)).toBe(200);
  });
});
