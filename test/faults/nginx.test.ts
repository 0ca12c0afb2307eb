// The configuration that `cheeseshop nginx-config` prints, in a real nginx: what it says by itself is what we say, and never
// what was true before.
import { randomBytes } from "node:crypto";
import { access, chmod, readdir, rm, writeFile } from "node:fs/promises";
import { get, type IncomingHttpHeaders } from "node:http";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findTool } from "../../bench/peers/debian.ts";
import { basic } from "../support/app.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { readPage, upload } from "../support/index-client.ts";
import { findFreePort, startNginx } from "../support/nginx.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { makeDataFolder, runCommand } from "../support/server-process.ts";

const nginx = await findTool("nginx");
if (nginx === undefined) console.warn("SKIPPED: every test of nginx, which is not there");

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Without what fetch would add to the request and take from the answer. */
function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, method, agent: false, timeout: 20_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`nobody answers ${url}`)));
    request.on("error", reject);
  });
}

const FLAGS = ["--nginx", "--trusted-proxy", "127.0.0.1", "--workers", "2"];

async function startBoth(...flags: string[]) {
  if (nginx === undefined) throw new Error("there is no nginx");
  const data = await makeDataFolder();
  const server = await startServer({ flags: [...FLAGS, ...flags], data });
  const port = await findFreePort();
  const words = ["nginx-config", "--data", server.data, "--port", new URL(server.url).port];
  const printed = await runCommand([...words, "--listen", `127.0.0.1:${port}`]);
  if (printed.code !== 0) throw new Error(printed.stderr);
  const front = await startNginx(nginx, printed.stdout, `http://127.0.0.1:${port}/`);
  return {
    server,
    front: { ...server, url: front.url, simple: `${front.url}simple/`, legacy: `${front.url}legacy/` },
    /** The same address at nginx. */
    inFront: (url: string) => url.replace(server.url, front.url),
    async stop() {
      await front.stop();
      await server.stop();
      await rm(dirname(data), { recursive: true });
    },
  };
}

type Both = Awaited<ReturnType<typeof startBoth>>;

const PIP = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
/** What every answer of a server has anew. */
const PASSING = ["date", "connection", "keep-alive", "server"];

function withoutPassing(headers: IncomingHttpHeaders, besides: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => ![...PASSING, ...besides].includes(name)));
}

/** nginx says when bytes were written, we when they were listed; facts about a distribution come from its name. */
const FILE = [
  "last-modified",
  "x-pypi-file-project",
  "x-pypi-file-version",
  "x-pypi-file-package-type",
  "x-pypi-file-python-version",
];
const METADATA = ["etag", ...FILE.filter((name) => name !== "last-modified")];

/** Does it while nobody but nginx can answer. */
async function withoutServer<Result>(server: RunningServer, work: () => Promise<Result>) {
  const pids = [server.process.pid, ...server.process.workers()];
  for (const one of pids) process.kill(one, "SIGSTOP");
  try {
    return await work();
  } finally {
    for (const one of pids) process.kill(one, "SIGCONT");
  }
}

describe.skipIf(nginx === undefined)("a public index", () => {
  let both: Both;
  const wheel = buildWheel({ name: "brie", version: "1.0", padding: 300_000 });
  const sdist = buildSdist({ name: "brie", version: "1.0" });
  let addresses: { wheel: string; sdist: string };
  beforeAll(async () => {
    both = await startBoth();
    for (const file of [wheel, sdist]) expect(await upload(both.front, file)).toMatchObject({ status: 200 });
    const { files } = await readPage(both.server, "brie");
    const addressOf = (filename: string) =>
      new URL(files.find((file) => file.filename === filename)?.url ?? "", both.server.simple).href;
    addresses = { wheel: addressOf(wheel.filename), sdist: addressOf(sdist.filename) };
  });
  afterAll(() => both?.stop());

  const page = () => `${both.server.simple}brie/`;
  const identity = { "accept-encoding": "identity" };
  const gzip = { "accept-encoding": "gzip" };

  describe("what nginx sends by itself is what we send", () => {
    test.each([
      ["an HTML page", page, { accept: "text/html", ...identity }, ["etag"]],
      ["an HTML page, compressed", page, { accept: "*/*", ...gzip }, ["etag"]],
      ["a page without Accept", page, gzip, ["etag"]],
      ["pip's page", page, { accept: PIP, ...gzip }, ["etag"]],
      ["a page asked for a part of", page, { accept: PIP, ...identity, range: "bytes=0-1" }, ["etag"]],
      ["a wheel", () => addresses.wheel, identity, FILE],
      ["a wheel, though compression is offered", () => addresses.wheel, gzip, FILE],
      ["a range", () => addresses.wheel, { range: "bytes=10-1009" }, FILE],
      ["the end", () => addresses.wheel, { range: "bytes=-100" }, FILE],
      ["several ranges", () => addresses.wheel, { range: "bytes=0-1,5-6" }, FILE],
      ["a source distribution", () => addresses.sdist, identity, FILE],
      ["metadata", () => `${addresses.wheel}.metadata`, identity, METADATA],
      ["metadata, compressed", () => `${addresses.wheel}.metadata`, gzip, METADATA],
      ["metadata asked for a part of", () => `${addresses.wheel}.metadata`, { range: "bytes=0-1" }, METADATA],
    ])("%s", async (_what, address, headers, besides) => {
      const direct = await ask(address(), headers);
      await ask(both.inFront(address()), headers);
      const sent = await withoutServer(both.server, () => ask(both.inFront(address()), headers));
      const ignored = direct.status === 206 ? [...besides, "accept-ranges"] : besides;
      expect(sent.status).toBe(direct.status);
      expect(withoutPassing(sent.headers, ignored)).toEqual(withoutPassing(direct.headers, ignored));
      expect(sent.body.equals(direct.body)).toBe(true);
      if (sent.status === 206) return;
      const head = await withoutServer(both.server, () => ask(both.inFront(address()), headers, "HEAD"));
      expect(withoutPassing(head.headers)).toEqual(withoutPassing(sent.headers));
    });
  });

  describe("what nginx leaves to us is what we send", () => {
    test.each([
      ["a condition on a page", page, { "if-none-match": '"x"', accept: PIP }, "GET"],
      ["a condition on a file", () => addresses.wheel, { "if-none-match": '"x"' }, "GET"],
      [
        "a date on a file",
        () => addresses.wheel,
        { "if-modified-since": new Date(Date.now() + 1e7).toUTCString() },
        "GET",
      ],
      ["If-Match", page, { "if-match": '"x"' }, "GET"],
      ["another representation", page, { accept: "application/vnd.pypi.simple.v1+html" }, "GET"],
      ["a representation in the query", () => `${page()}?format=application/vnd.pypi.simple.v1%2Bjson`, {}, "GET"],
      ["another method on a page", page, {}, "DELETE"],
      ["another method on a file", () => addresses.wheel, {}, "PUT"],
      [
        "a preflight",
        () => addresses.wheel,
        { origin: "http://a.example", "access-control-request-method": "GET" },
        "OPTIONS",
      ],
      ["a project that is not there", () => `${both.server.simple}nothing/`, {}, "GET"],
      ["a name in another spelling", () => `${both.server.simple}Brie/`, {}, "GET"],
      ["a file that is not there", () => addresses.wheel.replace(".whl", ".zip"), {}, "GET"],
      ["a path that makes no sense", () => `${both.server.url}%ff`, {}, "GET"],
      ["the list of projects", () => both.server.simple, { accept: PIP }, "GET"],
      ["project JSON", () => `${both.server.url}pypi/brie/json`, gzip, "GET"],
    ])("%s", async (_what, address, headers, method) => {
      const direct = await ask(address(), headers, method);
      const sent = await ask(both.inFront(address()), headers, method);
      expect(sent.status).toBe(direct.status);
      expect(withoutPassing(sent.headers)).toEqual(withoutPassing(direct.headers));
      expect(sent.body.equals(direct.body)).toBe(true);
    });
  });

  test("what a client got from us is known to us when it came through nginx, and the other way round for files", async () => {
    const { etag = "" } = (await ask(both.inFront(addresses.wheel))).headers;
    expect((await ask(both.inFront(addresses.wheel), { "if-none-match": etag })).status).toBe(304);
    const resumed = { "if-range": etag, range: "bytes=5-9" };
    expect((await ask(both.inFront(addresses.wheel), resumed)).status).toBe(206);
    expect((await ask(both.inFront(addresses.wheel), { ...resumed, "if-range": '"other"' })).status).toBe(200);
    const known = (await ask(page(), { accept: PIP })).headers.etag ?? "";
    expect((await ask(both.inFront(page()), { accept: PIP, "if-none-match": known })).status).toBe(304);
  });

  test("a range behind the end is refused with the size", async () => {
    const { headers, status } = await ask(both.inFront(addresses.wheel), { range: "bytes=99999999-" });
    expect([status, headers["content-range"]]).toEqual([416, `bytes */${wheel.bytes.length}`]);
  });

  test("a refused upload says why in the reason phrase", async () => {
    const refused = await upload(both.front, buildWheel({ name: "brie", version: "1.0", padding: 300_001 }));
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.reason).toContain("file name never gets other bytes");
  });

  test("an answered upload is on the page that nginx sends, while others ask for it all the time", async () => {
    const stop = new AbortController();
    let served = 0;
    const readers = Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        await ask(`${both.front.simple}feta/`, { accept: PIP, ...gzip });
        served++;
      }
    });
    try {
      for (let version = 1; version <= 40; version++) {
        const file = buildWheel({ name: "feta", version: `${version}.0` });
        expect(await upload(both.front, file)).toMatchObject({ status: 200 });
        for (let look = 0; look < 5; look++) {
          const { files, meta } = await readPage(both.front, "feta");
          expect(files).toHaveLength(version);
          const { headers } = await ask(`${both.front.simple}feta/`, { accept: "application/vnd.pypi.simple.v1+json" });
          expect(Number(headers["x-pypi-last-serial"])).toBe(meta["_last-serial"]);
        }
      }
    } finally {
      stop.abort();
      await Promise.all(readers);
    }
    expect(served).toBeGreaterThan(100);
    await withoutServer(both.server, () => readPage(both.front, "feta"));
  });

  test("bytes that fsck finds broken are not served by nginx any more", async () => {
    const file = buildWheel({ name: "gouda", version: "1.0" });
    await upload(both.front, file);
    const [listed] = (await readPage(both.server, "gouda")).files;
    const address = new URL(listed?.url ?? "", both.front.simple).href;
    for (let time = 0; time < 2; time++) expect((await ask(address)).body.equals(file.bytes)).toBe(true);
    const [, path = ""] = /packages\/(.*)$/.exec(address) ?? [];
    const stored = join(both.server.data, "files", "blobs", path.slice(0, path.lastIndexOf("/")));
    await chmod(stored, 0o644);
    await writeFile(stored, randomBytes(file.bytes.length));
    expect((await ask(address)).body.equals(file.bytes)).toBe(false);
    await runCommand(["fsck", "--deep", "--repair", "--data", both.server.data]);
    await expect(access(join(both.server.data, "files", "public", "packages", path))).rejects.toThrow("ENOENT");
  });
});

describe.skipIf(nginx === undefined)("a private index", () => {
  let both: Both;
  let address: string;
  const wheel = buildWheel({ name: "brie", version: "1.0", padding: 300_000 });
  beforeAll(async () => {
    both = await startBoth("--private");
    expect(await upload(both.front, wheel)).toMatchObject({ status: 200 });
    const headers = { accept: PIP, authorization: basic("__token__", both.server.token) };
    const { files } = JSON.parse(String((await ask(`${both.server.simple}brie/`, headers)).body));
    address = new URL(files[0].url, both.server.simple).href;
  });
  afterAll(() => both?.stop());

  test.each([
    ["whole", {}],
    ["in part", { range: "bytes=100-299999" }],
    ["from a place to the end", { range: "bytes=200000-" }],
    ["with a condition that fails", { "if-none-match": '"x"' }],
    ["when the part is still of the same", { range: "bytes=100-299999", "if-range": '"other"' }],
  ])("nginx sends a large file %s, with our headers", async (_what, headers) => {
    const identity = { authorization: basic("__token__", both.server.token), "accept-encoding": "identity" };
    const direct = await ask(address, { ...headers, ...identity });
    const sent = await ask(both.inFront(address), { ...headers, ...identity });
    expect(sent.status).toBe(direct.status);
    const ignored = direct.status === 206 ? ["accept-ranges"] : [];
    expect(withoutPassing(sent.headers, ignored)).toEqual(withoutPassing(direct.headers, ignored));
    expect(sent.body.equals(direct.body)).toBe(true);
  });

  test("nobody gets it without an identity, and it never stands where nginx serves by itself", async () => {
    expect((await ask(both.inFront(address))).status).toBe(401);
    expect((await ask(both.inFront(`${both.server.simple}brie/`), { accept: PIP })).status).toBe(401);
    expect(await readdir(join(both.server.data, "files", "public"))).toEqual([]);
    expect(await readdir(join(both.server.data, "nginx", "pages"))).toEqual([]);
  });

  test("the place of stored bytes is closed to clients", async () => {
    const [, path = ""] = /packages\/(.*)\//.exec(address) ?? [];
    expect((await ask(`${both.front.url}cheeseshop-stored/${path}`)).status).toBe(404);
  });
});

test.skipIf(nginx === undefined)(
  "an index that becomes private is closed at nginx before the server answers again",
  async () => {
    const both = await startBoth();
    try {
      await upload(both.front, buildWheel({ name: "brie", version: "1.0" }));
      const [listed] = (await readPage(both.server, "brie")).files;
      const address = new URL(listed?.url ?? "", both.front.simple).href;
      for (let time = 0; time < 2; time++) {
        expect((await ask(address)).status).toBe(200);
        expect((await ask(`${both.front.simple}brie/`, { accept: PIP })).status).toBe(200);
      }
      const { port } = new URL(both.server.url);
      await both.server.killProgram();
      // Files stay readable while nobody is there: their addresses never mean anything else.
      expect((await ask(address)).status).toBe(200);
      const again = await startServer({ flags: [...FLAGS, "--port", port, "--private"], data: both.server.data });
      expect((await ask(address)).status).toBe(401);
      expect((await ask(`${both.front.simple}brie/`, { accept: PIP })).status).toBe(401);
      await again.stop();
    } finally {
      await both.stop();
    }
  },
);
