// Who may read what: every declared address, every kind of identity, private and public.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setVisibility } from "../../src/indexes/index.ts";
import { basic, createTestApp, type TestApp } from "../support/app.ts";
import { buildWheel } from "../support/distributions.ts";
import { getIndex, makeIndex } from "../support/factories.ts";

const INDEXES = ["main", "other"] as const;
type IndexName = (typeof INDEXES)[number];
const root = (index: IndexName) => (index === "main" ? "" : `/i/${index}`);

interface Stock {
  /** Path of the wheel of `brie` below the index. */
  readonly file: string;
}

interface Row {
  /** As declared, below an index. */
  readonly pattern: string;
  readonly path: (stock: Stock) => string;
  readonly status: 200 | 301 | 404;
  readonly accept?: string;
}

const json = "application/vnd.pypi.simple.v1+json";

/** What an index answers only to who may read it. */
const guarded: readonly Row[] = [
  { pattern: "/", path: () => "/", status: 200 },
  { pattern: "/simple/", path: () => "/simple/", status: 200 },
  { pattern: "/simple/", path: () => "/simple/", status: 200, accept: json },
  { pattern: "/simple/:name/", path: () => "/simple/brie/", status: 200 },
  { pattern: "/simple/:name/", path: () => "/simple/brie/", status: 200, accept: json },
  { pattern: "/simple/:name/", path: () => "/simple/Brie/", status: 301 },
  { pattern: "/simple/:name/", path: () => "/simple/nope/", status: 404 },
  { pattern: "/simple/:name/*", path: () => "/simple/brie/1.0/", status: 404 },
  { pattern: "/pypi/:name/json", path: () => "/pypi/brie/json", status: 200 },
  { pattern: "/pypi/:name/json", path: () => "/pypi/nope/json", status: 404 },
  { pattern: "/pypi/:name/json/", path: () => "/pypi/brie/json/", status: 301 },
  { pattern: "/pypi/:name/:version/json", path: () => "/pypi/brie/1.0/json", status: 200 },
  { pattern: "/pypi/:name/:version/json", path: () => "/pypi/brie/9.9/json", status: 404 },
  { pattern: "/pypi/:name/:version/json/", path: () => "/pypi/brie/1.0/json/", status: 301 },
  { pattern: "/packages/*", path: ({ file }) => file, status: 200 },
  { pattern: "/packages/*", path: ({ file }) => `${file}.metadata`, status: 200 },
  { pattern: "/packages/*", path: ({ file }) => file.replace("brie-1.0", "brie-2.0"), status: 404 },
  { pattern: "/packages/*", path: () => "/packages/nonsense", status: 404 },
  { pattern: "/project/:name/", path: () => "/project/brie/", status: 200 },
  { pattern: "/project/:name/", path: () => "/project/nope/", status: 404 },
  { pattern: "/project/:name", path: () => "/project/brie", status: 301 },
  { pattern: "/project/:name/:version/", path: () => "/project/brie/1.0/", status: 200 },
  { pattern: "/project/:name/:version/", path: () => "/project/brie/9.9/", status: 404 },
  { pattern: "/project/:name/:version", path: () => "/project/brie/1.0", status: 301 },
];

/** What everybody may ask: it tells nothing of what an index holds. */
const open = [
  "/_health/",
  // Names private indexes only to those who may read them: src/site/status-routes.test.ts, and below.
  "/status/",
  "/favicon.ico",
  "/static/:hash/:file",
  "/help/",
  "/help/:anchor",
  "/robots.txt",
  // What the upload address says to a browser.
  "/legacy/",
  "/i/:index/legacy/",
];

interface Cast {
  readonly app: TestApp;
  readonly stocks: Readonly<Record<IndexName, Stock>>;
  /** By identity, the header to send to an index. */
  readonly identities: ReadonlyMap<string, (index: IndexName) => string | undefined>;
}

async function prepare(isPrivate: boolean): Promise<Cast> {
  const app = await createTestApp();
  await makeIndex(app.db, "other");
  const ada = await app.makeUploader("ada");
  const stocks = {} as Record<IndexName, Stock>;
  for (const name of INDEXES) {
    const wheel = buildWheel({ name: "brie", summary: `of ${name}` });
    const stored = await app.upload(wheel, ada.authorization, { url: `${root(name)}/legacy/` });
    expect(stored.statusCode, stored.body).toBe(200);
    const [file] = (await app.get(`${root(name)}/simple/brie/`, { accept: json })).json().files;
    stocks[name] = { file: file.url.slice(root(name).length) };
    await setVisibility(app.db, name, isPrivate);
    app.hear({ kind: "everything" });
  }

  const make = async (
    actions: readonly ("read" | "upload")[],
    more: { indexIds?: string[]; expiresAt?: Temporal.Instant } = {},
  ) => app.tokens.createToken({ userId: ada.user.id, scope: "account", actions, ...more });
  const ids = { main: (await getIndex(app.db)).id, other: (await getIndex(app.db, "other")).id };
  const only = {
    main: await make(["read", "upload"], { indexIds: [ids.main] }),
    other: await make(["read", "upload"], { indexIds: [ids.other] }),
  };
  const [read, upload, revoked] = [await make(["read"]), await make(["upload"]), await make(["read"])];
  const expired = await make(["read", "upload"], { expiresAt: app.clock.now().add({ minutes: 1 }) });
  const gone = await app.makeUploader("gone");
  await app.db.updateTable("users").set({ disabled_reason: "left" }).where("username", "=", "gone").execute();
  await app.tokens.revokeToken(revoked.id);
  app.passTime({ minutes: 2 });

  const always = (header: string | undefined) => () => header;
  const identities = new Map<string, (index: IndexName) => string | undefined>([
    ["no identity", always(undefined)],
    ["an empty header", always("")],
    ["garbage", always("Basic %%%")],
    ["an unknown scheme", always("Negotiate YII=")],
    ["a token that is none", always(basic("__token__", "pypi-AgEIcHlwaS5vcmc"))],
    ["a password", always(basic("ada", "correct horse battery staple"))],
    ["an expired token", always(basic("__token__", expired.token))],
    ["a revoked token", always(basic("__token__", revoked.token))],
    ["a token cut short", always(basic("__token__", read.token.slice(0, -4)))],
    ["a token that may only upload", always(basic("__token__", upload.token))],
    ["a token for the other index", (index) => basic("__token__", only[index === "main" ? "other" : "main"].token)],
    ["a token of a disabled user", always(gone.authorization)],
    ["a read token", always(basic("__token__", read.token))],
    ["a read token as Bearer", always(`Bearer ${read.token}`)],
    ["a read token without a user", always(basic("", read.token))],
    ["a token for this index", (index) => basic("__token__", only[index].token)],
    ["a token that may read and upload", always(ada.authorization)],
  ]);
  return { app, stocks, identities };
}

const admitted = new Set([
  "a read token",
  "a read token as Bearer",
  "a read token without a user",
  "a token for this index",
  "a token that may read and upload",
]);

function request({ app, stocks }: Cast, row: Row, index: IndexName, authorization?: string) {
  const headers = {
    ...(row.accept !== undefined && { accept: row.accept }),
    ...(authorization !== undefined && { authorization }),
    origin: "https://elsewhere.example",
  };
  const url = root(index) + row.path(stocks[index]);
  const ask = (method: "GET" | "HEAD" | "OPTIONS") => app.request({ method, url, headers });
  return { url, ask };
}

const corsOf = (headers: object) => Object.keys(headers).filter((name) => name.startsWith("access-control-"));
const listed = (value: unknown) => String(value ?? "").split(/, ?/);

let closed: Cast;
let public_: Cast;
beforeAll(async () => {
  closed = await prepare(true);
  public_ = await prepare(false);
});
afterAll(async () => {
  await closed.app.close();
  await public_.app.close();
});

/** Rows of what is declared by now. */
const isDeclared = ({ routes }: TestApp, pattern: string) => routes.includes(`GET ${pattern}`);

test("every address that can be read stands in one of the tables, below both kinds of root", () => {
  const readable = closed.app.routes.filter((route) => route.startsWith("GET ")).map((route) => route.slice(4));
  const known = new Set([...open, ...guarded.flatMap(({ pattern }) => [pattern, `/i/:index${pattern}`])]);
  expect(readable.filter((pattern) => !known.has(pattern))).toEqual([]);
  expect([...known].filter((pattern) => !readable.includes(pattern))).toEqual([]);
});

test("the status page names a private index to those who may read it, and to nobody else", async () => {
  const ask = async (headers: Record<string, string>) =>
    (await closed.app.get("/status/", { accept: "application/json", ...headers })).json().indexes;
  expect(await ask({})).toEqual([]);
  expect(await ask({ authorization: "Basic eDp5" })).toEqual([]);
  const { authorization } = await closed.app.makeUploader();
  expect((await ask({ authorization })).map(({ name }: { name: string }) => name)).toContain("main");
});

describe.each(INDEXES)("the private index %s", (index) => {
  test.each(guarded)("$pattern ($status)", async (row) => {
    expect(isDeclared(closed.app, row.pattern)).toBe(true);
    for (const [identity, header] of closed.identities) {
      const { url, ask } = request(closed, row, index, header(index));
      const response = await ask("GET");
      const head = await ask("HEAD");
      const isAdmitted = admitted.has(identity);
      const what = `${identity}: ${url}`;
      expect(response.statusCode, what).toBe(isAdmitted ? row.status : 401);
      expect(response.headers["www-authenticate"], what).toBe(isAdmitted ? undefined : `Basic realm="${index}"`);
      expect(response.headers["cache-control"], what).toBe("private, no-cache");
      expect(listed(response.headers.vary), what).toContain("Authorization");
      expect(corsOf(response.headers), what).toEqual([]);
      if (!isAdmitted) {
        expect(response.headers["x-pypi-last-serial"], what).toBeUndefined();
        expect(response.headers.etag, what).toBeUndefined();
        expect(response.headers.location, what).toBeUndefined();
      }
      expect({ status: head.statusCode, body: head.body }, what).toEqual({ status: response.statusCode, body: "" });
      expect(withoutDate(head.headers), what).toEqual(withoutDate(response.headers));
    }
  });

  test.each(guarded)("preflight of $pattern ($status) tells other origins nothing", async (row) => {
    const { ask } = request(closed, row, index);
    const response = await ask("OPTIONS");
    expect(corsOf(response.headers)).toEqual([]);
    expect(response.statusCode).not.toBe(200);
  });

  test("a caller who holds the page already is still asked who it is", async () => {
    const row = guarded.find(({ pattern }) => pattern === "/simple/:name/");
    if (row === undefined) throw new Error("no such row");
    const reader = closed.identities.get("a read token")?.(index) ?? "";
    const { url, ask } = request(closed, row, index, reader);
    const { etag } = (await ask("GET")).headers;
    const held = { "if-none-match": String(etag) };
    expect((await closed.app.get(url, { ...held, authorization: reader })).statusCode).toBe(304);
    expect((await closed.app.get(url, held)).statusCode).toBe(401);
  });

  test("what is declared nowhere tells other origins nothing either", async () => {
    for (const path of ["/packages", "/pypi/brie/1.0/2.0/json", "/simple"]) {
      const response = await closed.app.get(root(index) + path, { origin: "https://elsewhere.example" });
      expect(response.statusCode, path).not.toBe(200);
      expect(corsOf(response.headers), path).toEqual([]);
    }
  });
});

describe.each(INDEXES)("the public index %s", (index) => {
  test.each(guarded)("$pattern ($status) is the same for everyone", async (row) => {
    const anonymous = await request(public_, row, index).ask("GET");
    expect(anonymous.statusCode).toBe(row.status);
    expect(anonymous.headers["www-authenticate"]).toBeUndefined();
    expect(listed(anonymous.headers.vary)).not.toContain("Authorization");
    expect(anonymous.headers["cache-control"] ?? "").not.toContain("private");
    const isPage = row.pattern === "/" || row.pattern.startsWith("/project/");
    expect(corsOf(anonymous.headers).length > 0).toBe(!isPage);
    for (const [identity, header] of public_.identities) {
      const { ask } = request(public_, row, index, header(index));
      const response = await ask("GET");
      expect([response.statusCode, response.body], identity).toEqual([anonymous.statusCode, anonymous.body]);
      expect(withoutDate(response.headers), identity).toEqual(withoutDate(anonymous.headers));
    }
    const head = await request(public_, row, index).ask("HEAD");
    expect({ status: head.statusCode, body: head.body }).toEqual({ status: anonymous.statusCode, body: "" });
    expect(withoutDate(head.headers)).toEqual(withoutDate(anonymous.headers));
  });
});

test("one private index beside a public one: each keeps to its own visibility", async () => {
  await setVisibility(public_.app.db, "other", true);
  public_.app.hear({ kind: "everything" });
  try {
    expect((await public_.app.get("/simple/brie/")).statusCode).toBe(200);
    expect((await public_.app.get("/i/other/simple/brie/")).statusCode).toBe(401);
    // The bytes of the private index do not answer at the public one's addresses.
    expect((await public_.app.get(public_.stocks.other.file)).statusCode).toBe(404);
    expect((await public_.app.get(public_.stocks.main.file)).statusCode).toBe(200);
  } finally {
    await setVisibility(public_.app.db, "other", false);
    public_.app.hear({ kind: "everything" });
  }
});

test("a token that is revoked stops reading at once", async () => {
  const { user } = await closed.app.makeUploader("brief");
  const { id, token } = await closed.app.tokens.createToken({ userId: user.id, scope: "account", actions: ["read"] });
  const read = () => closed.app.get("/simple/brie/", { authorization: basic("__token__", token) });
  expect((await read()).statusCode).toBe(200);
  await closed.app.tokens.revokeToken(id);
  expect((await read()).statusCode).toBe(401);
});

function withoutDate({ date: _, connection: __, ...headers }: Record<string, unknown>) {
  return headers;
}
