import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { SELF_SIGNED } from "../../../test/support/self-signed.ts";
import { createHttpClient, type HttpClientOptions } from "./http-client.ts";
import { readBody } from "./read-body.ts";
import { streamBody } from "./stream-body.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const serve = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createServer(listener))}`;
const serveTls = async (listener: RequestListener) =>
  `https://127.0.0.1:${await listen(createTlsServer(SELF_SIGNED, listener))}`;

function clientWith(options: Partial<HttpClientOptions> = {}) {
  const client = createHttpClient({ userAgent: "cheeseshop/0", ...options });
  open.push(() => client.close());
  return client;
}

/** Redirects `/5` to `/4` and so on; `/0` says what it was asked. */
const countdown: RequestListener = ({ url = "", headers }, response) => {
  const left = Number(url.slice(1));
  if (left > 0) response.writeHead(302, { Location: `/${left - 1}` }).end("elsewhere");
  else response.end(JSON.stringify(headers));
};

test("it says who asks, and follows five redirects", async () => {
  const url = await serve(countdown);
  const answer = await clientWith().get(`${url}/5`);
  expect([answer.status, answer.url.href]).toEqual([200, `${url}/0`]);
  expect(JSON.parse(String(await readBody(answer, 1000)))).toMatchObject({ "user-agent": "cheeseshop/0" });
});

test.each<[string, string | undefined, string]>([
  ["in a circle", "/", "redirects in a circle."],
  ["too often", "/6", "redirects too often."],
  ["without an address", undefined, "redirects without saying where to."],
  ["to a file", "file:///etc/passwd", "redirects to no http or https address."],
])("a redirect %s is not followed", async (_, location, message) => {
  const url = await serve((request, response) => {
    if (request.url !== "/") return countdown(request, response);
    response.writeHead(301, location === undefined ? {} : { Location: location }).end();
  });
  const failure = clientWith().get(`${url}/`);
  await expect(failure).rejects.toMatchObject({ kind: "redirects", message: expect.stringContaining(message) });
});

test("a redirect never leads away from https", async () => {
  const plain = await serve(countdown);
  const url = await serveTls((_, response) => response.writeHead(302, { Location: `${plain}/0` }).end());
  await expect(clientWith({ ca: SELF_SIGNED.cert }).get(url)).rejects.toMatchObject({
    kind: "redirects",
    message: `${url}/ redirects away from https, to ${plain}/0.`,
  });
});

test("credentials go to their own origin alone, and come back with it", async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve(({ headers }, response) => {
    seen.push(headers.authorization);
    response.writeHead(302, { Location: `${own}/end` }).end();
  });
  const own = await serve(({ url, headers }, response) => {
    seen.push(headers.authorization);
    if (url === "/end") response.end();
    else response.writeHead(302, { Location: other.replace("http://", "http://user:secret@") }).end();
  });
  await clientWith().get(own, { authorization: { origin: own, value: "Basic eA==" } });
  expect(seen).toEqual(["Basic eA==", undefined, "Basic eA=="]);
});

test.each<[string, (port: number) => string, Partial<HttpClientOptions>]>([
  ["that signed itself", (port) => `https://127.0.0.1:${port}/?key=secret`, {}],
  ["of another name", (port) => `https://user:secret@localhost:${port}/`, { ca: SELF_SIGNED.cert }],
])("a certificate %s is told apart, and no secret is shown", async (_, address, options) => {
  const port = await listen(createTlsServer(SELF_SIGNED, (_request, response) => response.end()));
  await expect(clientWith(options).get(address(port))).rejects.toMatchObject({
    kind: "certificate",
    message: expect.not.stringContaining("secret"),
  });
});

test("a server without TLS, and no server, are told apart from it", async () => {
  const url = await serve(countdown);
  await expect(clientWith().get(url.replace("http:", "https:"))).rejects.toMatchObject({
    kind: "certificate",
    message: expect.stringContaining("does not speak TLS"),
  });
  await Promise.all(open.splice(0).map((close) => close()));
  await expect(clientWith().get(url)).rejects.toMatchObject({
    kind: "unreachable",
    message: `${url}/ cannot be reached (ECONNREFUSED).`,
  });
});

test("an answer that does not begin, and one that stops, are slow", async () => {
  const url = await serve(({ url: path }, response) => {
    if (path === "/half") response.writeHead(200, { "Content-Length": 4 }).write("ha");
  });
  const client = clientWith({ limits: { headMs: 100, idleMs: 100 } });
  await expect(client.get(`${url}/`)).rejects.toMatchObject({ kind: "slow" });
  const half = await client.get(`${url}/half`);
  await expect(readBody(half, 10)).rejects.toMatchObject({ kind: "slow" });
});

test("whoever no longer waits breaks it off", async () => {
  const url = await serve(() => {});
  const controller = new AbortController();
  const asking = clientWith().get(url, { signal: controller.signal });
  controller.abort();
  await expect(asking).rejects.toMatchObject({ kind: "aborted" });
});

test("a kept connection that the other end closed meanwhile is no failure", async () => {
  let requests = 0;
  const url = await serve(({ socket }, response) => {
    requests++;
    if (requests === 2) socket.destroy();
    else response.end("here");
  });
  const client = clientWith();
  for (const _ of [1, 2]) expect(String(await readBody(await client.get(url), 10))).toBe("here");
  expect(requests).toBe(3);
});

const zeros = gzipSync(Buffer.alloc(100_000));
test.each<[string, Record<string, string>, Buffer, string]>([
  ["announced to be longer", { "Content-Length": "1001" }, Buffer.alloc(1001), "too-large"],
  ["longer than was announced to be", {}, Buffer.alloc(1001), "too-large"],
  ["longer once decompressed", { "Content-Encoding": "gzip" }, zeros, "too-large"],
  ["compressed and broken off", { "Content-Encoding": "gzip" }, gzipSync("a text").subarray(0, 20), "truncated"],
  ["not compressed as it says", { "Content-Encoding": "gzip" }, Buffer.from("plain"), "malformed"],
  ["in a coding that nobody asked for", { "Content-Encoding": "br" }, Buffer.from("x"), "malformed"],
])("a body %s is refused", async (_, headers, body, kind) => {
  const url = await serve((_request, response) => {
    response.writeHead(200, headers).write(body);
    response.end();
  });
  const answer = await clientWith().get(url, { headers: { "accept-encoding": "gzip" } });
  await expect(readBody(answer, 1000)).rejects.toMatchObject({ name: "FetchFailed", kind });
});

test("requests go through a proxy, except to the hosts that are named", async () => {
  const proxied: (string | undefined)[] = [];
  const proxy = await serve(({ url }, response) => {
    proxied.push(url);
    response.end("by proxy");
  });
  const url = await serve((_, response) => response.end("directly"));
  const ask = async (except: string) => {
    const client = clientWith({ proxies: { http: proxy, https: "", except } });
    return String(await readBody(await client.get(`${url}/x`), 100));
  };
  expect([await ask(""), await ask("127.0.0.1")]).toEqual(["by proxy", "directly"]);
  expect(proxied).toEqual([`${url}/x`]);
});

test.each<[string, number, number, boolean]>([
  ["brings little for long", 1, 31, true],
  ["brings little, but soon", 1, 1, false],
  ["takes long, but brings much", 16 * 1024, 31, false],
])("a sender that %s is given up or not", async (_, bytes, seconds, isGivenUp) => {
  const body = Readable.from([0, 1, 2].map(() => Buffer.alloc(bytes)));
  let now = Temporal.Instant.fromEpochMilliseconds(0);
  // Each look at the clock is that much later: one before and one after each wait.
  const clock = {
    now: () => {
      now = now.add({ seconds });
      return now;
    },
  };
  const reading = Array.fromAsync(
    streamBody({ url: new URL("http://x/"), body }, clock, { bytes: 16 * 1024, ms: 60_000 }),
  );
  if (isGivenUp) await expect(reading).rejects.toMatchObject({ kind: "slow" });
  else expect(Buffer.concat(await reading).length).toBe(3 * bytes);
});
