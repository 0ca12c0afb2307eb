import { randomUUID } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { fakeBytesRegister, getIndex, makeIndex, makePublication, makeUser } from "../../test/support/factories.ts";
import { hostedCatalogue } from "../../test/support/hosted-catalogue.ts";
import { inject } from "../../test/support/http.ts";
import { quietLog } from "../../test/support/log.ts";
import { createDocuments, type Documents } from "../documents/index.ts";
import { createAddresses, findIndex, type Index, IndexNotFound, setVisibility } from "../indexes/index.ts";
import { type RuleName, type Rules, rules } from "../platform/config/rules.ts";
import { Problem } from "../platform/errors/problem.ts";
import { createApp } from "../platform/http/create-app.ts";
import { createErrorAnswers } from "../platform/http/error-answers.ts";
import { createSendAnswer } from "../platform/http/send-answer.ts";
import { createProjectChanges, createPublish, type Uploader } from "../projects/index.ts";
import { createDrawProblemPage } from "../web/index.ts";
import { type Installation, siteRoutes } from "./index.ts";

class NotSignedIn extends Problem {
  readonly status = 401;
  readonly code = "not_signed_in";
}

let database: TemporaryDatabase;
let ada: Uploader;
beforeAll(async () => {
  database = await temporaryDatabase();
  ada = await makeUser(database.db, "ada");
});
afterAll(() => database.drop());

let now = Temporal.Instant.from("2026-05-04T10:00:00Z");
const clock = { now: () => now };

type Options = NonNullable<Parameters<typeof makePublication>[2]>;

/** Publishes to `index`, a minute after whatever came before. */
async function publish(index: Index, ...list: readonly Options[]) {
  const service = createPublish({
    announce,
    db: database.db,
    clock,
    rules: { nameSimilarity: false, uploadWindowDays: undefined },
    help: (anchor) => anchor,
    newId: randomUUID,
    bytes: fakeBytesRegister,
  });
  for (const options of list) {
    now = now.add({ minutes: 1 });
    await service.publish(makePublication(index, ada, options));
  }
}

/** Of every site that a test made: a change reaches all of them. */
const memories: Documents[] = [];
const announce = async (index: string, project: string) => {
  for (const documents of memories) documents.projectChanged(index, project);
};
function remembered(): Documents {
  const documents = createDocuments({ maxBytes: 1_000_000, now: () => 0 });
  memories.push(documents);
  return documents;
}

const changes = () => createProjectChanges({ db: database.db, clock, announce });

function ruleValues(preset: "relaxed" | "strict"): Rules {
  const entries = Object.entries(rules).map(([name, rule]) => [
    name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    rule.parse(rules[name as RuleName][preset]),
  ]);
  return Object.fromEntries(entries) as Rules;
}

const relaxed: Installation = { rules: ruleValues("relaxed"), takesPasswords: false, isReadOnly: false };

async function startSite({ installation = relaxed, publicUrl = "https://cheese.example/base" } = {}) {
  const frame = { siteName: "Cheeseshop", version: "1.2.3", basePath: new URL(publicUrl).pathname.replace(/\/$/, "") };
  const sendAnswer = createSendAnswer({ log: quietLog, headersFor: () => [] });
  const answerError = createErrorAnswers({
    log: quietLog,
    drawPage: createDrawProblemPage(frame),
    groups: [],
    newRequestId: () => "r1",
  });
  const app = createApp({ sendAnswer, answerError, unroutedHeaders: () => [] });
  siteRoutes(app, {
    db: database.db,
    catalogue: hostedCatalogue(database.db),
    documents: remembered(),
    addresses: createAddresses({ publicUrl }),
    frame,
    installation,
    gate: async (request, name) => {
      const index = await findIndex(database.db, name);
      if (index === undefined) throw new IndexNotFound(name);
      if (index.isPrivate && request.headers.authorization === undefined) throw new NotSignedIn("Who are you?");
      return index;
    },
  });
  await app.ready();
  return (url: string, headers: Readonly<Record<string, string>> = { accept: "text/html" }) =>
    inject((request, response) => app.routing(request, response), { url, headers });
}

test("an empty index says what it is and how to upload", async () => {
  await makeIndex(database.db, "empty");
  const visit = await startSite();
  const { statusCode, body, headers } = await visit("/i/empty/");
  expect([statusCode, headers["content-type"], headers["cache-control"]]).toEqual([
    200,
    "text/html; charset=UTF-8",
    "max-age=60, public",
  ]);
  expect(body).toContain("A Python package index with 0 projects.");
  expect(body).toContain("Nothing has been published here yet.");
  expect(body).toContain(
    "twine upload -u __token__ --repository-url https://cheese.example/base/i/empty/legacy/ dist/*",
  );
  expect(body).toContain('<link rel="canonical" href="https://cheese.example/base/i/empty/"/>');
});

test("the first page shows the newest release of each project that can be installed, newest first", async () => {
  const index = await makeIndex(database.db, "news");
  await publish(
    index,
    { name: "gouda", metadata: { summary: "Dutch & <b>mild</b>" } },
    { name: "brie", version: "1.0" },
    { name: "brie", version: "2.0rc1" },
    { name: "edam" },
    { name: "edam", version: "1.1" },
    { name: "mould" },
    { name: "feta" },
  );
  const visit = await startSite();
  const before = await visit("/i/news/");
  await changes().yank({ index, project: "feta", actorId: null }, "1.0", "too salty");
  await changes().mark({ index, project: "mould", actorId: null }, "quarantined");
  const { body, headers } = await visit("/i/news/");
  expect(headers["etag"]).not.toBe(before.headers["etag"]);
  expect(body).toContain("4 projects");
  const shown = [...body.matchAll(/<a class="name" href="([^"]*)"/g)].map(([, href]) => href);
  expect(shown).toEqual([
    "/base/i/news/project/edam/",
    "/base/i/news/project/brie/2.0rc1/",
    "/base/i/news/project/gouda/",
  ]);
  expect(body).toContain("Dutch &amp; &lt;b>mild&lt;/b>");
});

test("a project's page shows its latest release, with what installs it", async () => {
  const index = await makeIndex(database.db, "shop");
  const metadata = {
    summary: "Soft cheese",
    description: "# Brie\n\nSoft.",
    requiresPython: ">=3.9",
    requiresDist: ["milk>=2; python_version < '3.12'"],
    licenseExpression: "MIT",
    classifiers: ["Topic :: Food"],
    projectUrls: [["Source", "https://code.example/brie"]] as const,
  };
  await publish(
    index,
    { name: "Brie", version: "1.0", metadata },
    { name: "Brie", version: "1.0", packagetype: "sdist", metadata },
    { name: "Brie", version: "2.0rc1", metadata },
  );
  const { statusCode, body } = await (await startSite())("/i/shop/project/Brie/");
  expect(statusCode).toBe(200);
  expect(body).toContain("<title>Brie · Cheeseshop</title>");
  expect(body).toContain('<h1>Brie <span class="version">1.0</span></h1>');
  expect(body).toContain("pip install --index-url https://cheese.example/base/i/shop/simple/ Brie</code>");
  expect(body).toContain('<pre class="description"># Brie\n\nSoft.</pre>');
  expect(body).toMatch(/href="\/base\/i\/shop\/packages\/[0-9a-f/]+\/brie-1\.0\.tar\.gz"/);
  expect(body.indexOf("brie-1.0.tar.gz")).toBeLessThan(body.indexOf("brie-1.0-py3-none-any.whl"));
  expect(body).not.toContain("brie-2.0rc1-py3");
  for (const text of ["Soft cheese", "any platform", ">=3.9", "milk>=2;", "MIT", "Food"]) {
    expect(body).toContain(text);
  }
  expect(body).toContain('<a href="https://code.example/brie" rel="nofollow noopener ugc">Source</a>');
});

test("a release's page pins its version, and says what is to be known about it", async () => {
  const index = await makeIndex(database.db, "notices");
  await publish(index, { version: "1.0" }, { version: "1!1.0rc1" }, { version: "1.5" });
  const target = { index, project: "brie", actorId: null };
  await changes().yank(target, "1.0", "<i>sour</i>");
  const visit = await startSite();
  const yanked = (await visit("/i/notices/project/brie/1.0/")).body;
  expect(yanked).toContain("This release has been yanked.</strong> Reason given: “&lt;i>sour&lt;/i>”");
  expect(yanked).toContain('The latest is <a href="/base/i/notices/project/brie/">1.5</a>');
  expect(yanked).toContain("simple/ brie==1.0</code>");
  const early = (await visit("/i/notices/project/brie/1!1.0rc1/")).body;
  expect(early).toContain("This is a pre-release.");
  expect(early).toContain("simple/ 'brie==1!1.0rc1'</code>");

  await changes().quarantineRelease(target, "1.5", true);
  const quarantined = (await visit("/i/notices/project/brie/1.5/")).body;
  expect(quarantined).toContain("This release is quarantined.");
  expect(quarantined).not.toContain("pip install");
  expect(quarantined).not.toContain("/packages/");

  await changes().mark(target, "archived", "retired");
  expect((await visit("/i/notices/project/brie/")).body).toContain(
    "This project is archived.</strong> No new releases are expected. Reason given: “retired”",
  );
  await changes().mark(target, "quarantined");
  const closed = (await visit("/i/notices/project/brie/1.0/")).body;
  expect(closed).toContain("This project is quarantined.");
  expect(closed).not.toContain("pip install");
});

test.each([
  ["/i/spelling/project/blue_cheese/", "/base/i/spelling/project/Blue.Cheese/"],
  ["/i/spelling/project/BLUE-CHEESE?a=b", "/base/i/spelling/project/Blue.Cheese/?a=b"],
  ["/i/spelling/project/Blue.Cheese", "/base/i/spelling/project/Blue.Cheese/"],
  ["/i/spelling/project/Blue.Cheese/1.0.0/", "/base/i/spelling/project/Blue.Cheese/1.0/"],
  ["/i/spelling/project/blue-cheese/v1", "/base/i/spelling/project/Blue.Cheese/1.0/"],
  ["/i/spelling/project/blue-cheese/?x=\\\\evil.example", "/base/i/spelling/project/Blue.Cheese/?x=%5C%5Cevil.example"],
])("%s is redirected in one hop", async (url, location) => {
  const index = (await findIndex(database.db, "spelling")) ?? (await makeIndex(database.db, "spelling"));
  await publish(index, { name: "Blue.Cheese" });
  const response = await (await startSite())(url);
  expect([response.statusCode, response.headers["location"]]).toEqual([301, location]);
});

test("an unknown project is 404 and names near spellings, as links or in words", async () => {
  const index = await makeIndex(database.db, "near");
  await publish(index, { name: "Requests" }, { name: "requests-cache" }, { name: "hidden" }, { name: "gouda" });
  await changes().mark({ index, project: "hidden", actorId: null }, "quarantined");
  const visit = await startSite();
  const page = await visit("/i/near/project/reqeusts/");
  expect([page.statusCode, page.headers["cache-control"]]).toEqual([404, "max-age=60, public"]);
  expect(page.body).toContain('<a href="/base/i/near/project/Requests/">Requests</a>');
  expect(page.body).not.toContain("gouda");
  expect(page.body).not.toContain("Near spellings");
  const text = await visit("/i/near/project/equests/", {});
  expect([text.statusCode, text.body]).toEqual([
    404,
    "There is no project named equests in this index. Near spellings: Requests.",
  ]);
  expect((await visit("/i/near/project/requests-cach/", {})).body).toContain("Near spellings: requests-cache.");
  expect((await visit("/i/near/project/hiden/")).body).not.toContain("/project/hidden/");
});

test.each([
  "/project/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
  "/project/%C3%A9/",
  "/project/a%20true/",
  `/project/${"x".repeat(900)}/`,
])("%s is a 404 without markup of its own", async (url) => {
  const response = await (await startSite())(url);
  expect(response.statusCode).toBe(404);
  expect(response.body).not.toContain("<script>");
});

test("an unknown version is 404 with the way to the others; a project without releases too", async () => {
  const index = await makeIndex(database.db, "gone");
  await publish(index, {});
  const visit = await startSite();
  const missing = await visit("/i/gone/project/brie/9.9/");
  expect([missing.statusCode, missing.body.includes("brie has no release 9.9.")]).toEqual([404, true]);
  expect(missing.body).toContain('<a href="/base/i/gone/project/brie/">brie</a>');
  await changes().deleteRelease({ index, project: "brie", actorId: null }, "1.0");
  expect((await visit("/i/gone/project/brie/", {})).body).toBe("brie has no releases.");
});

test("hostile metadata is text, and links lead only to the web", async () => {
  const index = await makeIndex(database.db, "hostile");
  const attack = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
  const metadata = {
    summary: attack,
    description: `</pre>${attack}`,
    author: attack,
    authorEmail: `${attack} <javascript:alert(1)>`,
    keywords: attack,
    license: attack,
    homePage: "javascript:alert(1)",
    downloadUrl: "data:text/html,<script>alert(1)</script>",
    projectUrls: [
      [attack, "https://evil.example/"],
      ["a", "JaVaScRiPt:alert(1)"],
      ["b", " vbscript:x"],
    ] as const,
    classifiers: [attack, `Topic :: ${attack}`],
    requiresDist: [attack],
    requiresPython: attack,
    providesExtra: [attack],
  };
  await publish(index, { metadata });
  await changes().yank({ index, project: "brie", actorId: null }, "1.0", attack);
  const visit = await startSite();
  for (const url of ["/i/hostile/project/brie/", "/i/hostile/project/brie/1.0/", "/i/hostile/"]) {
    const { statusCode, body } = await visit(url);
    expect(statusCode).toBe(200);
    expect(body).not.toMatch(/<img|<script>/i);
    const targets = [...body.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, target]) => target);
    expect(targets.filter((target) => !/^(?:https:\/\/|\/base\/|#|mailto:)/.test(target ?? ""))).toEqual([]);
    expect(body).not.toMatch(/<style|\sstyle=|\son\w+="|<script(?![^>]*\ssrc=)/);
  }
});

test("a page is sent once: compressed, and 304 until the project changes", async () => {
  const index = await makeIndex(database.db, "cached");
  await publish(index, {});
  const visit = await startSite();
  const first = await visit("/i/cached/project/brie/", { "accept-encoding": "gzip" });
  expect(gunzipSync(first.rawPayload).toString()).toContain("<h1>brie");
  const etag = String(first.headers["etag"]);
  const again = { "accept-encoding": "gzip", "if-none-match": etag };
  expect((await visit("/i/cached/project/brie/", again)).statusCode).toBe(304);
  await publish(index, { version: "2.0" });
  const moved = await visit("/i/cached/project/brie/", again);
  expect(moved.statusCode).toBe(200);
  expect(gunzipSync(moved.rawPayload).toString()).toContain('<span class="version">2.0</span>');
});

test("a private index shows its pages to those who may read, tells them how to use the token, and caches nowhere", async () => {
  const index = await makeIndex(database.db, "cellar", true);
  await publish(index, {});
  const visit = await startSite();
  for (const url of ["/i/cellar/", "/i/cellar/project/brie/", "/i/cellar/project/Brie", "/i/cellar/project/bire/"]) {
    expect((await visit(url)).statusCode).toBe(401);
  }
  const { statusCode, headers, body } = await visit("/i/cellar/project/brie/", { authorization: "Basic x" });
  expect([statusCode, headers["cache-control"], headers["vary"]]).toEqual([
    200,
    "private, no-cache",
    "Authorization, Accept-Encoding",
  ]);
  expect(body).toContain("machine cheese.example login __token__ password TOKEN");
  const moved = await visit("/i/cellar/project/Brie/", { authorization: "Basic x" });
  expect([moved.statusCode, moved.headers["cache-control"], moved.headers["vary"]]).toEqual([
    301,
    "private, no-cache",
    "Authorization",
  ]);
});

test("many versions stay readable: the first ones, then the rest on demand", async () => {
  const index = await makeIndex(database.db, "many");
  await publish(index, ...Array.from({ length: 18 }, (_, n) => ({ version: `1.${n}` })));
  const { body } = await (await startSite())("/i/many/project/brie/");
  expect(body).toContain("<summary>3 earlier versions</summary>");
  expect(body.indexOf("/brie/1.17/")).toBeLessThan(body.indexOf("/brie/1.2/"));
});

test("the help has a passage for whatever errors point at, true for the rules that hold here", async () => {
  const open = await startSite();
  const { statusCode, body } = await open("/help/");
  expect(statusCode).toBe(200);
  for (const anchor of [
    "apitoken",
    "invalid-auth",
    "verified-email",
    "file-name-reuse",
    "project-name",
    "local-versions",
    "core-metadata",
    "description-content-type",
    "archives",
    "file-size-limit",
    "project-size-limit",
    "admin-intervention",
  ]) {
    expect(body).toContain(`<h3 id="${anchor}">`);
  }
  expect(body).toContain("<dt>Largest file</dt><dd>2.1 GB</dd>");
  expect(body).not.toContain("days after its first one");
  const strict = await startSite({
    installation: { rules: ruleValues("strict"), takesPasswords: true, isReadOnly: true },
  });
  const other = (await strict("/help/")).body;
  expect(other).toContain("<dt>Largest file</dt><dd>105 MB</dd>");
  expect(other).toContain("A release takes new files for 14 days");
  expect(other).toContain("a list of users and passwords");
  expect(other).toContain("only answers reads at the moment");
});

test("an error's address of a passage leads there", async () => {
  const visit = await startSite();
  const response = await visit("/help/archives");
  expect([response.statusCode, response.headers["location"]]).toEqual([301, "/base/help/#archives"]);
  expect((await visit("/help/%3Cb%3E")).statusCode).toBe(404);
});

test("help and robots.txt follow the main index's visibility, and stay open when it closes", async () => {
  const visit = await startSite();
  expect((await visit("/robots.txt")).body).toMatch(/^User-agent: \*\nDisallow: \/base\/simple\/\n/);
  expect((await visit("/help/")).body).toContain("The main index of this server is open");
  await setVisibility(database.db, "main", true);
  try {
    expect((await visit("/")).statusCode).toBe(401);
    expect((await visit("/robots.txt")).body).toBe("User-agent: *\nDisallow: /\n");
    const help = await visit("/help/");
    expect([help.statusCode, help.body.includes("https://__token__:TOKEN@cheese.example/base/simple/")]).toEqual([
      200,
      true,
    ]);
  } finally {
    await setVisibility(database.db, "main", false);
  }
  expect((await getIndex(database.db)).isPrivate).toBe(false);
});
