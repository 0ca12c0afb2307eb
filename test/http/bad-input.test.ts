// What careless and hostile clients send, over a real socket: a clear 4xx or a closed connection, nothing published,
// no failure of ours, no temporary file left.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { basic, createTestApp, type TestApp, type UploadOptions, uploadRequest } from "../support/app.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { sendRaw } from "../support/http.ts";
import { openRaw, type RunningServer, startServer } from "../support/http-server.ts";

let app: TestApp;
let server: RunningServer;
let authorization: string;
beforeAll(async () => {
  app = await createTestApp({ rules: { "file-limit": "1MiB" } });
  authorization = (await app.makeUploader("ada")).authorization;
  server = await startServer({ listener: app.listener });
});
afterAll(async () => {
  await server.stop();
  await app.close();
});

async function leftOvers() {
  const { count } = await app.db
    .selectFrom("projects")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return {
    projects: Number(count),
    temporaryFiles: await app.temporaryFiles(),
    failures: app.log.filter(({ level }) => level === "error"),
  };
}
const nothing = { projects: 0, temporaryFiles: [], failures: [] };
let expected: object = nothing;
afterEach(async () => {
  // A request whose client went away is let go a moment after its connection.
  await expect.poll(leftOvers).toEqual(expected);
});

const wheel = buildWheel({ name: "bad" });
const form = (options: Partial<UploadOptions> = {}) => uploadRequest(wheel, { authorization, ...options });

interface Raw {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Buffer | string;
}

function raw({ method = "POST", url = "/legacy/", headers = {}, payload = "" }: Raw): Buffer {
  const lines = Object.entries({ host: "x", connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.concat([
    Buffer.from(`${method} ${url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1"),
    Buffer.from(payload),
  ]);
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);

/** Sends a request as it stands; 0 when the connection was closed without a word. */
async function send(request: Buffer, port = server.port): Promise<number> {
  return statusOf(
    await sendRaw(port, request).catch((error: Error & { code?: string }) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") throw error;
      return "";
    }),
  );
}

function multipart(payload: Buffer | string, more: Readonly<Record<string, string>> = {}): Buffer {
  const length = String(Buffer.byteLength(payload));
  const headers = { authorization, "content-type": "multipart/form-data; boundary=frontier", "content-length": length };
  return raw({ headers: { ...headers, ...more }, payload });
}

const whole = form().payload;
const text = whole.toString("latin1");
const field = (head: string) => `--frontier\r\n${head}\r\n\r\nx\r\n--frontier--\r\n`;

test.each<[string, Buffer | string]>([
  ["nothing at all", ""],
  ["no form but text", "hello"],
  ["a form that never ends", whole.subarray(0, -4)],
  ["a form cut in its file", whole.subarray(0, whole.length - 200)],
  ["a form cut in the head of a part", text.slice(0, 30)],
  ["another boundary", Buffer.from(text.replaceAll("--frontier", "--border"), "latin1")],
  ["lines that end with LF alone", Buffer.from(text.replaceAll("\r\n", "\n"), "latin1")],
  ["a part without a disposition", field("X: y")],
  ["a part without a name", field("Content-Disposition: form-data")],
  ["a disposition of another kind", field('Content-Disposition: attachment; name="name"')],
  ["a name whose quotes stay open", field('Content-Disposition: form-data; name="name')],
  ["a head without a colon", field("nonsense")],
  ["a head of 300 KiB", field(`Content-Disposition: form-data; name="${"n".repeat(300_000)}"`)],
  ["a part with a thousand headers", field(`${"X: y\r\n".repeat(1000)}Content-Disposition: form-data; name="name"`)],
  ["twenty thousand parts", field('Content-Disposition: form-data; name="x"').slice(0, -16).repeat(20_000)],
  ["two files", Buffer.from(text.slice(0, -"--frontier--\r\n".length) + text, "latin1")],
  ["a form in a form", field("Content-Type: multipart/mixed; boundary=inner")],
])("a body that is %s is refused", async (_, payload) => {
  const status = await send(multipart(payload));
  expect([400, 405, 413]).toContain(status);
});

test.each([
  "multipart/form-data",
  "multipart/form-data; boundary=",
  'multipart/form-data; boundary=""',
  `multipart/form-data; boundary=${"b".repeat(1000)}`,
  "multipart/form-data; boundary=front ier",
  "multipart/mixed; boundary=frontier",
  "application/json",
  "text/plain",
  "nonsense",
  "",
])("a body of type %j is refused", async (type) => {
  const status = await send(multipart(whole, { "content-type": type }));
  expect([400, 405, 415]).toContain(status);
});

test("a body shorter than its Content-Length is refused, also in the middle of the file", async () => {
  for (const cut of [1, 300, whole.length - 50]) {
    const connection = openRaw(server.port);
    connection.socket.end(multipart(whole, { "content-length": String(whole.length + 1000) }).subarray(0, -cut));
    const answer = await connection.closed.catch(() => "");
    expect([0, 400]).toContain(statusOf(answer));
  }
});

test("a client that goes away in the middle of its file leaves nothing", async () => {
  for (let round = 0; round < 10; round++) {
    const connection = openRaw(server.port);
    connection.socket.write(multipart(whole).subarray(0, -round * 100 - 10));
    await new Promise((resolve) => setImmediate(resolve));
    connection.socket.resetAndDestroy();
    await connection.closed.catch(() => "");
  }
});

describe("too large", () => {
  const large = buildWheel({ name: "bad", padding: 3 * 1024 * 1024 });

  test("a body whose announced length nobody takes is refused before it comes", async () => {
    const length = String(2 ** 40);
    const connection = openRaw(server.port);
    connection.socket.write(multipart(whole.subarray(0, 1000), { "content-length": length }));
    expect(await connection.until("\r\n\r\n")).toMatch(/^HTTP\/1\.1 413 /);
    connection.socket.destroy();
  });

  test("a file over the limit is refused with the limit, announced or not", async () => {
    const request = uploadRequest(large, { authorization });
    const announced = await sendRaw(
      server.port,
      raw({ ...request, headers: { ...request.headers, connection: "close" } }),
    );
    expect(announced).toMatch(/^HTTP\/1\.1 400 File too large\. Limit for project 'bad' is 1 MB\./);
    const { "content-length": _, ...headers } = request.headers;
    const chunk = 64 * 1024;
    const chunks: Buffer[] = [];
    for (let at = 0; at < request.payload.length; at += chunk) {
      const piece = request.payload.subarray(at, at + chunk);
      chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
    }
    const head = raw({ headers: { ...headers, "transfer-encoding": "chunked" } });
    const unannounced = await sendRaw(server.port, head, ...chunks, "0\r\n\r\n");
    expect(unannounced).toMatch(/^HTTP\/1\.1 400 File too large\. Limit for project 'bad' is 1 MB\./);
  });

  test("text fields without end are refused", async () => {
    const description = "d".repeat(17 * 1024 * 1024);
    expect(await send(raw(form({ fields: { description } })))).toBe(413);
  });
});

test.each<[string, Partial<UploadOptions>]>([
  ["a wrong digest", { fields: { sha256_digest: "0".repeat(64) } }],
  ["a digest that is none", { fields: { sha256_digest: "zz" } }],
  ["one wrong digest of three", { fields: { md5_digest: "0".repeat(32) } }],
  ["a file name with a path", { filename: "../bad-1.0-py3-none-any.whl" }],
  ["a file name with an absolute path", { filename: "/tmp/bad-1.0-py3-none-any.whl" }],
  ["a file name with a backslash", { filename: "..\\bad-1.0-py3-none-any.whl" }],
  ["a file name with a NUL", { filename: "bad-1.0-py3-none-any.whl\0.txt" }],
  ["a file name with a NUL at its end", { filename: "bad-1.0-py3-none-any.whl\0" }],
  ["a file name with a control character", { filename: "bad-1.0\x07-py3-none-any.whl" }],
  ["a file name with a line in it", { filename: "bad-1.0-py3-none-any.whl\r\nX-Evil: 1" }],
  ["a file name of dots", { filename: ".." }],
  ["no file name", { filename: "" }],
  ["a file name of 5,000 characters", { filename: `bad-1.0-${"x".repeat(5000)}-none-any.whl` }],
  ["a file name with %00", { filename: "bad-1.0%00-py3-none-any.whl" }],
  ["a name with a NUL", { fields: { name: "bad\0" } }],
  ["a version with a NUL", { fields: { version: "1.0\0" } }],
  ["a name with a path", { fields: { name: "../bad" } }],
  ["fields that are sent twice", { fields: { name: ["bad", "worse"] } }],
])("%s is refused", async (_, options) => {
  expect(await send(raw(form(options)))).toBe(400);
});

test.each([
  ["text", Buffer.from("not a zip")],
  ["nothing", Buffer.alloc(0)],
  ["the first half of a zip", wheel.bytes.subarray(0, wheel.bytes.length / 2)],
  ["the last half of a zip", wheel.bytes.subarray(wheel.bytes.length / 2)],
  ["zeros", Buffer.alloc(10_000)],
])("what is no archive but %s is refused", async (_, bytes) => {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(await send(raw(form({ bytes, fields: { sha256_digest: sha256 } })))).toBe(400);
  const tar = buildSdist({ name: "bad" });
  const { headers, payload } = uploadRequest(tar, { authorization, bytes, fields: { sha256_digest: sha256 } });
  expect(await send(raw({ headers, payload }))).toBe(400);
});

test.each([
  ["no header", undefined],
  ["an empty header", ""],
  ["a scheme alone", "Basic"],
  ["no base64", "Basic %%%"],
  ["base64 without a colon", `Basic ${Buffer.from("abc").toString("base64")}`],
  ["bytes that are not UTF-8", `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString("base64")}`],
  ["a token of nobody", basic("__token__", "pypi-AgEIcHlwaS5vcmc")],
  ["a token of 30 KiB", basic("__token__", `pypi-${"A".repeat(30_000)}`)],
  ["a NUL in the token", basic("__token__", "pypi-\0")],
  ["another scheme", "Digest username=x"],
])("%s identifies nobody, and no byte is kept", async (_, header) => {
  const { headers, payload } = form();
  const { authorization: __, ...others } = headers;
  expect(
    await send(raw({ headers: { ...others, ...(header !== undefined && { authorization: header }) }, payload })),
  ).toBe(403);
});

test.each([
  ["/legacy/%zz", 400],
  ["/legacy/%ff/", 400],
  ["/legacy/?:action=%ff", 400],
  ["/legacy/?%00", 400],
  ["/i/%ff/legacy/", 400],
  ["/i/nope/legacy/", 404],
  ["/i/..%2f..%2fmain/legacy/", 404],
  ["/legacy/\x01", 400],
  ["/l\xe9gacy/", 400],
])("the address %j is answered %i", async (url, status) => {
  const { headers, payload } = form();
  expect(await send(raw({ url, headers, payload }))).toBe(status);
});

test("32 KiB of headers are read, 200 KiB are refused", async () => {
  const get = (bytes: number) =>
    send(raw({ method: "GET", url: "/simple/", headers: { "x-long": "x".repeat(bytes) } }));
  expect(await get(32 * 1024)).toBe(200);
  expect(await get(200 * 1024)).toBe(431);
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`x-${at}`, "y".repeat(60)]));
  expect(await send(raw({ method: "GET", url: "/simple/", headers: many }))).toBe(431);
  const { headers, payload } = form();
  expect(await send(raw({ headers: { ...headers, "x-long": "x".repeat(200 * 1024) }, payload }))).toBe(431);
});

describe("framing that two servers could read in two ways", () => {
  const post = (lines: string, body: string) =>
    Buffer.from(`POST /legacy/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n\r\n${body}`);
  test.each([
    ["both lengths", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n")],
    ["both lengths the other way round", post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n")],
    ["two Content-Lengths", post("Content-Length: 5\r\nContent-Length: 6", "hello!")],
    ["a list of Content-Lengths", post("Content-Length: 5, 6", "hello!")],
    ["a negative Content-Length", post("Content-Length: -5", "hello")],
    ["a Content-Length in letters", post("Content-Length: five", "hello")],
    ["a Content-Length beyond counting", post(`Content-Length: ${"9".repeat(30)}`, "hello")],
    ["an unknown coding", post("Transfer-Encoding: xchunked", "0\r\n\r\n")],
    ["chunked before another coding", post("Transfer-Encoding: chunked, gzip", "0\r\n\r\n")],
    ["a chunk size in letters", post("Transfer-Encoding: chunked", "zz\r\nhello\r\n0\r\n\r\n")],
    ["a chunk longer than its size", post("Transfer-Encoding: chunked", "2\r\nhello\r\n0\r\n\r\n")],
    ["a space before the colon", post("Content-Length : 5", "hello")],
    ["a folded header", post("X: y\r\n  z\r\nContent-Length: 5", "hello")],
    ["a bare CR in a header", post("X: y\rz\r\nContent-Length: 5", "hello")],
    ["a NUL in a header", post("X: y\0z\r\nContent-Length: 5", "hello")],
    ["no Host", Buffer.from("GET /simple/ HTTP/1.1\r\nConnection: close\r\n\r\n")],
    ["a Host that is none", Buffer.from("GET /simple/ HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n")],
    ["no HTTP at all", Buffer.from("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")],
    ["another version of HTTP", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
  ])("%s", async (_, request) => {
    const connection = openRaw(server.port);
    connection.socket.end(request);
    const status = statusOf(await connection.closed.catch(() => ""));
    expect([0, 400, 405, 501]).toContain(status);
  });
});

describe("at random", () => {
  const bytes = fc.uint8Array({ maxLength: 4000 });
  /** Bytes with something of a form in them, so that the reader gets somewhere. */
  const formLike = fc
    .array(
      fc.oneof(
        bytes.map((random) => Buffer.from(random)),
        fc
          .constantFrom(
            "--frontier",
            "\r\n",
            "\r\n\r\n",
            "--",
            "\r",
            "--frontier--\r\n",
            'Content-Disposition: form-data; name="content"; filename="bad-1.0-py3-none-any.whl"',
            'Content-Disposition: form-data; name=":action"\r\n\r\nfile_upload\r\n',
            'Content-Disposition: form-data; name="name"\r\n\r\nbad\r\n',
            "Content-Disposition: form-data; name*=UTF-8''%e9",
            "Content-Transfer-Encoding: base64",
          )
          .map((piece) => Buffer.from(piece)),
      ),
      { maxLength: 30 },
    )
    .map((pieces) => Buffer.concat(pieces));

  test("bodies are refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, formLike), async (body) => {
        expect([400, 405, 413]).toContain(await send(multipart(Buffer.from(body))));
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  test("damage to a good form is refused, or does not matter", async () => {
    const spot = fc.record({ at: fc.nat(whole.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(spot, { minLength: 1, maxLength: 5 }), async (spots) => {
        const damaged = Buffer.from(whole);
        for (const { at, bytes } of spots) Buffer.from(bytes).copy(damaged, at);
        // The name of no project: what is not noticed must still not be published as something else.
        expect([200, 400, 405, 413]).toContain(await send(multipart(damaged)));
      }),
      { numRuns: 200 },
    );
    const { projects } = await leftOvers();
    // A digest stands against every change of the file; a change of an unimportant field may have passed.
    expected = { ...nothing, projects };
    expect(projects).toBeLessThanOrEqual(1);
    if (projects === 1) expect((await app.get("/simple/bad/")).statusCode).toBe(200);
  }, 60_000);

  const fields = [
    ":action",
    "protocol_version",
    "filetype",
    "pyversion",
    "metadata_version",
    "name",
    "version",
    "summary",
    "description",
    "description_content_type",
    "keywords",
    "home_page",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "license",
    "license_expression",
    "license_file",
    "platform",
    "supported_platform",
    "download_url",
    "classifiers",
    "requires",
    "provides",
    "obsoletes",
    "requires_python",
    "requires_dist",
    "provides_dist",
    "obsoletes_dist",
    "requires_external",
    "project_urls",
    "provides_extra",
    "dynamic",
    "comment",
    "md5_digest",
    "sha256_digest",
    "blake2_256_digest",
    "gpg_signature",
    "attestations",
    "import_name",
    "unknown_field",
  ];

  test("any characters in any field are taken or refused, and what is taken can be read", async () => {
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom("\0", "\n", "\r", "\u2028", "\ud800", "\udfff", "\ufeff", "é", "🧀", "'", '"'),
      }),
      fc.string({ unit: "grapheme", maxLength: 20 }),
    );
    let count = 0;
    const published: string[] = [];
    const property = fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...fields), value, { minKeys: 1, maxKeys: 3 }),
      async (random) => {
        const name = `taken-${++count}`;
        const own = buildWheel({ name });
        const metadata_version = "2.4";
        const request = uploadRequest(own, { authorization, fields: { metadata_version, ...random } });
        const status = await send(raw(request));
        expect([200, 400, 403, 405, 410]).toContain(status);
        if (status !== 200) return;
        published.push(name);
        for (const url of [`/simple/${name}/`, `/pypi/${name}/json`, `/project/${name}/`]) {
          const page = await app.get(url);
          expect(page.statusCode, url).toBe(200);
          if (url.endsWith("json")) expect(page.json().urls).toHaveLength(1);
        }
      },
    );
    await fc.assert(property, { numRuns: 250, endOnFailure: true });
    const before = "projects" in expected ? Number(expected.projects) : 0;
    expected = { ...nothing, projects: before + published.length };
    expect(published.length).toBeGreaterThan(0);
  }, 120_000);

  test("any characters in the tag of a file name are taken or refused, and what is taken can be read", async () => {
    const { projects: before } = await leftOvers();
    let count = 0;
    let published = 0;
    const property = fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), async (tag) => {
      const own = buildWheel({ name: `tagged-${++count}` });
      const filename = `tagged_${count}-1.0-${tag}-none-any.whl`;
      const status = await send(raw(uploadRequest(own, { authorization, filename })));
      expect([200, 400]).toContain(status);
      if (status === 400) return;
      published++;
      const page = await app.get(`/simple/tagged-${count}/`, { accept: "application/vnd.pypi.simple.v1+json" });
      const [file] = page.json().files;
      expect(file.filename).toBe(filename);
      expect((await app.get(file.url)).rawPayload.equals(own.bytes)).toBe(true);
      expect((await app.get(`${file.url}.metadata`)).body).toBe(own.metadata);
    });
    await fc.assert(property, { numRuns: 200, endOnFailure: true });
    expected = { ...nothing, projects: before + published };
  }, 60_000);
});
