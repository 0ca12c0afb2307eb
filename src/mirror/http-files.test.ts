import { afterEach, expect, test } from "vitest";
import { buildWheel } from "../../test/support/distributions.ts";
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from "../../test/support/fake-upstream.ts";
import type { Misbehaviour } from "../../test/support/fake-upstream-trouble.ts";
import { quietLog } from "../../test/support/log.ts";
import { SELF_SIGNED } from "../../test/support/self-signed.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import { systemClock } from "../platform/clock/clock.ts";
import type { Resolve } from "../platform/fetch/guard-addresses.ts";
import { createUpstreamClient, type UpstreamClientOptions } from "./http-client.ts";

const wheel = buildWheel({ name: "acme", padding: 200_000, requiresDist: ["brie>=1"], classifiers: ["Topic :: Food"] });
const ACME = normalizeName("acme");
const UNKNOWN = { etag: null, lastModified: null };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function upstreamWith(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(options);
  open.push(upstream);
  upstream.publish(wheel);
  return upstream;
}

function clientOf(url: string, options: Partial<UpstreamClientOptions> = {}) {
  const client = createUpstreamClient({ url, clock: systemClock, log: quietLog, userAgent: "c/0", ...options });
  open.push(client);
  return client;
}

const read = async (body: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(body));

test.each(["same", "other"] as const)("a file is had whole from the %s host", async (fileHost) => {
  const upstream = await upstreamWith({ form: { fileHost } });
  const client = clientOf(upstream.url);
  const answer = await client.getPage(ACME, UNKNOWN);
  const url = answer.kind === "page" ? (answer.page.files[0]?.url ?? "") : "";
  expect(new URL(url).origin).toBe(fileHost === "same" ? upstream.origin : upstream.fileHost);
  const { size, body } = await client.openFile(url);
  expect(size).toBe(wheel.bytes.length);
  expect((await read(body)).equals(wheel.bytes)).toBe(true);
  expect(upstream.requests.at(-1)?.headers["accept-encoding"]).toBe("identity");
  expect(String(await client.getSmallFile(`${url}.metadata`, 10_000))).toBe(wheel.metadata);
});

test("a file is read by ranges, where there are any", async () => {
  const upstream = await upstreamWith();
  const client = clientOf(upstream.url);
  const url = upstream.origin + upstream.pathOf(wheel);
  const size = wheel.bytes.length;
  expect(await client.readRange(url, 10, 5)).toEqual({ bytes: wheel.bytes.subarray(10, 15), size });
  expect(await client.readRange(url, size - 3, 10)).toEqual({ bytes: wheel.bytes.subarray(-3), size });
  expect(await client.readRange(url, size, 1)).toEqual({ bytes: Buffer.alloc(0), size });
  upstream.form.ranges = false;
  expect(await client.readRange(url, 10, 5)).toBeUndefined();
});

const head = (status: number, headers: Record<string, string>, body = "12345"): Misbehaviour => ({
  kind: "answer",
  answer: { status, headers, body: Buffer.from(body) },
});

test.each<[string, Misbehaviour, object]>([
  ["has another place", head(206, { "Content-Range": "bytes 11-14/900" }), { kind: "invalid" }],
  ["has another length", head(206, { "Content-Range": "bytes 10-14/900" }, "123"), { kind: "invalid" }],
  ["is longer than asked", head(206, { "Content-Range": "bytes 10-20/900" }, "12345678901"), { kind: "too-large" }],
  ["breaks off", { kind: "truncated" }, { kind: "truncated" }],
  ["answers 502", { kind: "status", status: 502 }, { kind: "server-error" }],
  ["is gone", { kind: "status", status: 404 }, { name: "FileGone" }],
])("a range that %s is refused", async (_, misbehaviour, error) => {
  const upstream = await upstreamWith();
  upstream.misbehave(misbehaviour);
  const reading = clientOf(upstream.url).readRange(upstream.origin + upstream.pathOf(wheel), 10, 5);
  await expect(reading).rejects.toMatchObject(error);
});

test.each<[string, Misbehaviour, object]>([
  ["is gone", { kind: "status", status: 404 }, { name: "FileGone" }],
  ["is gone for good", { kind: "status", status: 410 }, { name: "FileGone" }],
  ["is refused", { kind: "status", status: 403 }, { kind: "refused" }],
  [
    "is asked for too often",
    { kind: "status", status: 429, retryAfter: "5" },
    { kind: "too-many-requests", retryAfter: 5 },
  ],
  ["has no answer", { kind: "hang" }, { kind: "slow" }],
  ["is a page to sign in", { kind: "login-page" }, { kind: "wrong-type" }],
  ["comes in part unasked", head(206, { "Content-Range": "bytes 0-4/900" }), { kind: "invalid" }],
  ["is broken off", { kind: "truncated" }, { kind: "truncated" }],
  ["is broken off in chunks", { kind: "truncated", chunked: true }, { kind: "truncated" }],
  ["stops", { kind: "stall" }, { kind: "slow" }],
])("a file that %s is no file", async (_, misbehaviour, error) => {
  const upstream = await upstreamWith();
  upstream.misbehave(misbehaviour, upstream.pathOf(wheel));
  const url = upstream.origin + upstream.pathOf(wheel);
  const isSlow = misbehaviour.kind === "hang" || misbehaviour.kind === "stall";
  const client = clientOf(upstream.url, isSlow ? { limits: { headMs: 200, idleMs: 200, totalMs: 600 } } : {});
  await expect(client.openFile(url).then(({ body }) => read(body))).rejects.toMatchObject(error);
  await expect(client.getSmallFile(url, 1_000_000)).rejects.toMatchObject(error);
});

test("a small file that is large is refused", async () => {
  const upstream = await upstreamWith();
  const reading = clientOf(upstream.url).getSmallFile(upstream.origin + upstream.pathOf(wheel), 1000);
  await expect(reading).rejects.toMatchObject({ kind: "too-large" });
});

test("what another host does not have is not absent, wherever we were sent by", async () => {
  const upstream = await upstreamWith();
  upstream.misbehave({ kind: "redirect", to: `${upstream.fileHost}/elsewhere` }, "/simple/acme/");
  upstream.misbehave({ kind: "redirect", to: `${upstream.fileHost}/elsewhere` }, upstream.pathOf(wheel));
  const client = clientOf(upstream.url);
  await expect(client.getPage(ACME, UNKNOWN)).rejects.toMatchObject({ kind: "redirects" });
  const opening = client.openFile(upstream.origin + upstream.pathOf(wheel));
  await expect(opening).rejects.toMatchObject({ kind: "redirects" });
});

test("an upstream that is off is unreachable, and the same client reaches it again", async () => {
  const upstream = await upstreamWith();
  const client = clientOf(upstream.url);
  await client.getPage(ACME, UNKNOWN);
  await upstream.down();
  await expect(client.getPage(ACME, UNKNOWN)).rejects.toMatchObject({ kind: "unreachable" });
  await upstream.up();
  expect((await client.getPage(ACME, UNKNOWN)).kind).toBe("page");
});

test("an upstream whose certificate is not trusted is in trouble, and one whose is is not", async () => {
  const upstream = await upstreamWith({ tls: true });
  await expect(clientOf(upstream.url).getPage(ACME, UNKNOWN)).rejects.toMatchObject({ kind: "certificate" });
  const trusting = clientOf(upstream.url, { ca: SELF_SIGNED.cert });
  expect(await trusting.getPage(ACME, UNKNOWN)).toMatchObject({ page: { files: [{ filename: wheel.filename }] } });
});

test("the user and password of an upstream go to its own origin, and are not part of any address", async () => {
  const upstream = await upstreamWith({ form: { fileHost: "other", urls: "absolute" } });
  const client = clientOf(upstream.url.replace("http://", "http://user:p%40ss@").replace(/\/$/, ""));
  const answer = await client.getPage(ACME, UNKNOWN);
  const url = answer.kind === "page" ? (answer.page.files[0]?.url ?? "") : "";
  await client.getSmallFile(url, 1_000_000);
  await client.getSmallFile(url.replace(upstream.fileHost, upstream.origin), 1_000_000);
  const basic = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([basic, undefined, basic]);
  upstream.misbehave({ kind: "status", status: 500 });
  const failure = client.getPage(ACME, UNKNOWN);
  await expect(failure).rejects.toMatchObject({ message: `${new URL(upstream.url).origin}/…/acme/ answered 500.` });
});

test("a release's metadata comes from the JSON API beside the simple index", async () => {
  const upstream = await upstreamWith();
  const client = clientOf(upstream.url);
  expect(await client.getReleaseMetadata(ACME, "1.0")).toMatchObject({
    summary: "What acme is for",
    description: "# acme\n",
    classifiers: ["Topic :: Food"],
    requiresDist: ["brie>=1"],
    author: null,
    dynamic: [],
  });
  expect(await client.getReleaseMetadata(ACME, "2.0")).toBeUndefined();
  upstream.misbehave({ kind: "login-page" });
  expect(await client.getReleaseMetadata(ACME, "1.0")).toBeUndefined();
  upstream.misbehave({ kind: "status", status: 500 });
  await expect(client.getReleaseMetadata(ACME, "1.0")).rejects.toMatchObject({ kind: "server-error" });
});

test("an upstream out in the world names no files of machines around us", async () => {
  const upstream = await upstreamWith();
  const { port } = new URL(upstream.url);
  // Connections to it end here; whoever asks where it is hears of a place in the world.
  const resolve: Resolve = async (_, options) => [
    { address: "hints" in options ? "127.0.0.1" : "203.0.113.7", family: 4 },
  ];
  const client = clientOf(`http://index.example:${port}/simple/`, { resolve });
  expect(await client.getPage(ACME, UNKNOWN)).toMatchObject({ kind: "page" });
  const asked = upstream.count();
  const address = upstream.origin + upstream.pathOf(wheel);
  const trouble = { kind: "refused", message: expect.stringContaining("inside a private network") };
  for (const host of [address, address.replace("127.0.0.1", "[::1]"), address.replace("127.0.0.1", "localhost")]) {
    await expect(client.openFile(host)).rejects.toMatchObject(trouble);
    await expect(client.readRange(host, 0, 1)).rejects.toMatchObject(trouble);
    await expect(client.getSmallFile(`${host}.metadata`, 1000)).rejects.toMatchObject(trouble);
  }
  upstream.misbehave({ kind: "redirect", to: `${upstream.origin}/simple/acme/` }, "/simple/acme/");
  await expect(client.getPage(ACME, UNKNOWN)).rejects.toMatchObject(trouble);
  expect(upstream.count()).toBe(asked + 1);
});
