import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createDocuments } from "../documents/index.ts";
import type { Index } from "../indexes/index.ts";
import type { Answer } from "../platform/http/answer.ts";
import type { Variants } from "../platform/shelf/shelf.ts";
import { createBehindNginx } from "./behind-nginx.ts";
import { projectKey } from "./simple/routes.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
const main: Index = {
  id: "1",
  name: "main",
  kind: "hosted",
  isPrivate: false,
  isVolatile: false,
  sources: [{ id: "1", name: "main", kind: "hosted" }],
};
const UPSTREAM = { id: "2", name: "upstream", kind: "mirror" } as const;
const FILE = `/packages/aa/bb/${"c".repeat(60)}/brie-1.0-py3-none-any.whl`;
const MODIFIED = "Mon, 04 May 2026 10:00:00 GMT";
const body = Buffer.from("text ".repeat(100));
const ok: Answer = { status: 200, headers: ["Cache-Control", "public", "Last-Modified", MODIFIED], body };

interface Case {
  readonly index?: Partial<Index>;
  readonly freshUntil?: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly url: string;
  readonly answer?: Partial<Answer>;
}

/** Sends one answer, and tells what was sent and what stands on the shelf then. */
async function send({ index = {}, freshUntil, method = "GET", headers = {}, url, answer = {} }: Case) {
  const asked = { ...main, ...index };
  const documents = createDocuments({ maxBytes: 1e6, now: () => 0 });
  for (const type of ["text/html", JSON_TYPE] as const) {
    const made = { body, headers: ["X-PyPI-Last-Serial", "387"], vary: [], freshUntil };
    await documents.get(projectKey(asked, "brie", type), { sources: ["1"], project: "brie" }, async () => made);
  }
  const shelf: unknown[][] = [];
  const sent: Answer[] = [];
  const behindNginx = createBehindNginx({
    indexes: { findNow: (name) => (name === asked.name ? asked : undefined) },
    documents,
    shelf: {
      link: (...what) => void shelf.push(["link", ...what]),
      copy: (path, bytes, modified) => void shelf.push(["copy", path, plain(bytes), modified.toString()]),
      putPage: (project, name, bytes, serial) => void shelf.push(["page", project, name, plain(bytes), serial]),
    },
    stored: (blake2b) => `/srv/blobs/${blake2b}`,
    storeFolder: "/srv/blobs",
    sendAnswer: (_request, _response, one) => void sent.push(one),
  });
  const request = { method, url, headers: { "x-cheeseshop-front": "nginx", ...headers } } as unknown as IncomingMessage;
  behindNginx(request, {} as ServerResponse, { ...ok, ...answer });
  return { shelf, sent: sent[0] };
}

/** Both variants are of the same text. */
function plain({ identity, gzip }: Variants): string {
  if (gzip !== undefined) expect(gunzipSync(gzip).equals(identity)).toBe(true);
  return `${identity.length} bytes${gzip === undefined ? "" : ", compressed as well"}`;
}

const PAGE = `${body.length} bytes, compressed as well`;

describe("what nginx asked for stands on the shelf", () => {
  test.each<[string, Case, unknown[]]>([
    ["an HTML page", { url: "/simple/brie/" }, ["page", "brie", "main.html", PAGE, 387]],
    ["a JSON page", { url: "/simple/brie/", headers: { accept: JSON_TYPE } }, ["page", "brie", "main.json", PAGE, 387]],
    [
      "a page of another index",
      { url: "/i/team/simple/brie/", index: { name: "team" } },
      ["page", "brie", "team.html", PAGE, 387],
    ],
    ["a file", { url: FILE }, ["link", FILE, `/srv/blobs/aabb${"c".repeat(60)}`]],
    [
      "a file asked for in part",
      { url: FILE, answer: { status: 206 } },
      ["link", FILE, `/srv/blobs/aabb${"c".repeat(60)}`],
    ],
    [
      "a file of another index",
      { url: `/i/team${FILE}`, index: { name: "team" } },
      ["link", `/i/team${FILE}`, `/srv/blobs/aabb${"c".repeat(60)}`],
    ],
    ["metadata", { url: `${FILE}.metadata` }, ["copy", `${FILE}.metadata`, PAGE, "2026-05-04T10:00:00Z"]],
    [
      "metadata that was sent compressed",
      {
        url: `${FILE}.metadata`,
        answer: { headers: [...ok.headers, "Content-Encoding", "gzip"], body: gzipSync(body) },
      },
      ["copy", `${FILE}.metadata`, PAGE, "2026-05-04T10:00:00Z"],
    ],
  ])("%s", async (_what, asked, expected) => {
    const { shelf, sent } = await send(asked);
    expect(shelf).toEqual([expected]);
    expect(sent).toEqual({ ...ok, ...asked.answer });
  });
});

describe("what must not, or need not, stand there does not", () => {
  test.each<[string, Case]>([
    ["a page of a private index", { url: "/simple/brie/", index: { isPrivate: true } }],
    ["a file of a private index", { url: FILE, index: { isPrivate: true } }],
    ["a page of an upstream", { url: "/simple/brie/", index: { kind: "mirror", sources: [UPSTREAM] } }],
    [
      "a page that an upstream has a part in",
      { url: "/simple/brie/", index: { kind: "union", sources: [...main.sources, UPSTREAM] } },
    ],
    ["a file that may be an upstream's", { url: FILE, index: { kind: "union", sources: [...main.sources, UPSTREAM] } }],
    ["a page that expires by itself", { url: "/simple/brie/", freshUntil: 1e9 }],
    ["a page that is not in memory any more", { url: "/simple/feta/" }],
    ["a page of an index that is not in memory any more", { url: "/i/team/simple/brie/" }],
    ["a name in another spelling", { url: "/simple/Brie/" }],
    ["another representation", { url: "/simple/brie/", headers: { accept: "application/vnd.pypi.simple.v1+html" } }],
    ["what was asked for with a query", { url: "/simple/brie/?format=text/html" }],
    ["what was asked for with a condition", { url: "/simple/brie/", headers: { "if-none-match": "*" } }],
    ["what was asked for with a date", { url: FILE, headers: { "if-modified-since": MODIFIED } }],
    ["the head of a page", { url: "/simple/brie/", method: "HEAD" }],
    ["what is not there", { url: FILE, answer: { status: 404 } }],
    ["what did not change", { url: FILE, answer: { status: 304 } }],
    ["the list of projects", { url: "/simple/" }],
    ["a predictable address", { url: "/packages/py3/b/brie/brie-1.0-py3-none-any.whl" }],
    ["any other page", { url: "/project/brie/" }],
  ])("%s", async (_what, asked) => {
    const { shelf, sent } = await send(asked);
    expect(shelf).toEqual([]);
    expect(sent).toEqual({ ...ok, ...asked.answer });
  });

  test("nothing that did not come through nginx", async () => {
    const { shelf } = await send({ url: FILE, headers: { "x-cheeseshop-front": undefined as unknown as string } });
    expect(shelf).toEqual([]);
  });
});

describe("large files of a private index", () => {
  const stored = { path: "/srv/blobs/aa/bb/c c", start: 5, end: 10 };
  const headers = ["Cache-Control", "private, no-cache", "ETag", '"x"', "Accept-Ranges", "bytes"];
  const asked = { url: FILE, index: { isPrivate: true }, answer: { headers, body: stored } } as const;

  test("are left to nginx, which cuts out the range itself", async () => {
    const handed = {
      status: 200,
      headers: [
        "Cache-Control",
        "private, no-cache",
        "ETag",
        '"x"',
        "X-Accel-Redirect",
        "/cheeseshop-stored/aa/bb/c%20c",
      ],
      body: Buffer.alloc(0),
    };
    expect((await send(asked)).sent).toEqual(handed);
    const part = { status: 206, headers: [...headers, "Content-Range", "bytes 5-9/20"], body: stored };
    expect((await send({ ...asked, answer: part })).sent).toEqual(handed);
  });

  test.each<[string, Partial<Case>]>([
    ["asked for directly", { headers: { "x-cheeseshop-front": undefined as unknown as string } }],
    ["asked for their head", { method: "HEAD" }],
    ["that lie elsewhere", { answer: { headers, body: { ...stored, path: "/srv/blobs-of-others/x" } } }],
    ["that are public", { answer: { headers: ["Cache-Control", "public"], body: stored } }],
    ["that are small", { answer: { headers, body } }],
  ])("are sent by ourselves: those %s", async (_what, change) => {
    const { sent } = await send({ ...asked, ...change });
    expect(sent?.headers).not.toContain("X-Accel-Redirect");
  });
});
