import { afterEach, expect, test } from "vitest";
import { buildSdist, buildWheel } from "../../test/support/distributions.ts";
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from "../../test/support/fake-upstream.ts";
import type { Form } from "../../test/support/fake-upstream-form.ts";
import type { Misbehaviour } from "../../test/support/fake-upstream-trouble.ts";
import { recordingLog } from "../../test/support/log.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import type { TroubleKind } from "./errors.ts";
import { createUpstreamClient, type UpstreamClientOptions } from "./http-client.ts";
import type { Validators } from "./upstream-client.ts";
import type { ListedFile } from "./upstream-page.ts";

const NOW = Temporal.Instant.from("2026-03-01T00:00:00Z");
const UNKNOWN: Validators = { etag: null, lastModified: null };
const ACME = normalizeName("ac-me");

const wheel = buildWheel({ name: "Ac.me", requiresPython: ">=3.8" });
const sdist = buildSdist({ name: "Ac.me" });

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function upstreamWith(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(options);
  open.push(upstream);
  upstream.publish(wheel, { yanked: "went <bad>", provenance: "https://index.example/provenance" });
  upstream.publish(sdist);
  return upstream;
}

function clientOf(url: string, options: Partial<UpstreamClientOptions> = {}) {
  const { log, lines } = recordingLog();
  const limits = { headMs: 5_000, idleMs: 5_000, totalMs: 10_000, ...options.limits };
  const clock = { now: () => NOW };
  const client = createUpstreamClient({ url, clock, log, userAgent: "cheeseshop/0", ...options, limits });
  open.push(client);
  return Object.assign(client, { lines });
}

async function pageOf(url: string, options?: Partial<UpstreamClientOptions>) {
  const answer = await clientOf(url, options).getPage(ACME, UNKNOWN);
  if (answer.kind !== "page") throw new Error(`no page: ${answer.kind}`);
  return answer.page;
}

/** All that an upstream can say. */
function listed(upstream: FakeUpstream): ListedFile[] {
  const common = { uploadedAt: "2020-01-02T03:04:05.000600Z", isYanked: false, yankedReason: "", provenance: null };
  return [
    {
      ...common,
      filename: wheel.filename,
      url: upstream.origin + upstream.pathOf(wheel),
      hashes: { sha256: wheel.sha256 },
      size: wheel.bytes.length,
      requiresPython: ">=3.8",
      isYanked: true,
      yankedReason: "went <bad>",
      hasMetadata: true,
      metadataSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      provenance: "https://index.example/provenance",
    },
    {
      ...common,
      filename: sdist.filename,
      url: upstream.origin + upstream.pathOf(sdist),
      hashes: { sha256: sdist.sha256 },
      size: sdist.bytes.length,
      requiresPython: null,
      hasMetadata: false,
      metadataSha256: null,
    },
  ];
}

type Unsaid = Partial<ListedFile>;
const NO_TIMES: Unsaid = { size: null, uploadedAt: null };
const BARE: Unsaid = {
  ...NO_TIMES,
  requiresPython: null,
  isYanked: false,
  yankedReason: "",
  hasMetadata: false,
  metadataSha256: null,
  provenance: null,
};

test.each<[string, Partial<Form>, Unsaid?]>([
  ["JSON 1.4", {}],
  ["JSON 1.3", { apiVersion: "1.3" }],
  ["JSON 1.2", { apiVersion: "1.2" }, { provenance: null }],
  ["JSON 1.1", { apiVersion: "1.1" }, { provenance: null }],
  ["JSON 1.0", { apiVersion: "1.0" }, { ...NO_TIMES, provenance: null }],
  ["a serial as text", { serial: "string" }],
  ["a serial in the header alone", { serial: "none" }],
  ["a serial in the body alone", { serialHeader: false }],
  ["addresses from the root", { urls: "path" }],
  ["addresses from the page", { urls: "relative" }],
  ["gzip", { gzip: true }],
  ["no metadata siblings", { coreMetadata: "none" }, { hasMetadata: false, metadataSha256: null }],
  ["HTML with attributes", { page: "html" }, NO_TIMES],
  ["HTML with relative addresses", { page: "html", urls: "relative", gzip: true }, NO_TIMES],
  ["bare HTML", { page: "bare-html" }, BARE],
])("a page is the same from %s", async (_, form, unsaid = {}) => {
  const upstream = await upstreamWith({ form });
  expect(await pageOf(upstream.url)).toEqual({
    displayName: "ac-me",
    serial: 2,
    status: "active",
    statusReason: null,
    files: listed(upstream).map((file) => ({ ...file, ...unsaid })),
  });
});

test.each<[string, Partial<Form>, Unsaid]>([
  ["MD5", { hash: "md5" }, { hashes: { md5: expect.stringMatching(/^[0-9a-f]{32}$/) } }],
  ["no digest", { hash: "none" }, { hashes: {} }],
  ["MD5 in HTML", { hash: "md5", page: "html" }, { hashes: { md5: expect.stringMatching(/^[0-9a-f]{32}$/) } }],
  ["no digest in HTML", { hash: "none", page: "bare-html" }, { hashes: {} }],
  ["metadata without its digest", { coreMetadata: "true" }, { hasMetadata: true, metadataSha256: null }],
  ["the same in HTML", { coreMetadata: "true", page: "html" }, { hasMetadata: true, metadataSha256: null }],
])("files are taken with %s", async (_, form, facts) => {
  const upstream = await upstreamWith({ form });
  expect((await pageOf(upstream.url)).files[0]).toMatchObject(facts);
});

test.each(["json", "html"] as const)("the status of a project and its reason are taken from %s", async (page) => {
  const upstream = await upstreamWith({ form: { page } });
  upstream.describe("ac-me", { status: "archived", statusReason: "moved <on>" });
  expect(await pageOf(upstream.url)).toMatchObject({ status: "archived", statusReason: "moved <on>" });
});

test.each<[string, Partial<Form>, Validators]>([
  ["ETag", { etag: true }, { etag: expect.stringMatching(/^"/), lastModified: null }],
  ["Last-Modified", { etag: false, lastModified: true }, { etag: null, lastModified: expect.stringMatching(/GMT$/) }],
])("what did not change is not sent again, by %s", async (_, form, validators) => {
  const upstream = await upstreamWith({ form });
  const client = clientOf(upstream.url);
  const first = await client.getPage(ACME, UNKNOWN);
  if (first.kind !== "page") throw new Error(first.kind);
  expect(first.validators).toEqual(validators);
  expect(await client.getPage(ACME, first.validators)).toEqual({ kind: "unchanged" });
  upstream.publish(buildSdist({ name: "Ac.me", version: "2.0" }));
  expect((await client.getPage(ACME, first.validators)).kind).toBe("page");
});

test("a validator that could not be sent back is not kept", async () => {
  const upstream = await upstreamWith();
  const headers = { "Content-Type": "text/html", ETag: '"\u00e4"', "Last-Modified": "x".repeat(1000) };
  upstream.misbehave({ kind: "answer", answer: { headers, body: Buffer.from('<a href="ac_me-1.0.tar.gz"></a>') } });
  const answer = await clientOf(upstream.url).getPage(ACME, UNKNOWN);
  expect(answer).toMatchObject({ kind: "page", validators: UNKNOWN });
});

test("a project that the upstream does not have is absent; one without files is there", async () => {
  const upstream = await upstreamWith();
  expect(await clientOf(upstream.url).getPage(normalizeName("nobody"), UNKNOWN)).toEqual({ kind: "absent" });
  upstream.describe("bare");
  expect(await clientOf(upstream.url).getPage(normalizeName("bare"), UNKNOWN)).toMatchObject({
    kind: "page",
    page: { files: [] },
  });
});

test("what is left out of a page is logged once, with the reasons", async () => {
  const upstream = await upstreamWith();
  const files = [{ filename: "ac_me-1.0.tar.gz", url: "x" }, { filename: "other-1.0.tar.gz", url: "x" }, 7];
  upstream.misbehave(page(JSON.stringify({ meta: { "api-version": "1.0" }, files })));
  const client = clientOf(upstream.url);
  await client.getPage(ACME, UNKNOWN);
  expect(client.lines).toEqual([
    {
      level: "warn",
      fields: { project: "ac-me", reasons: { "not a file of this project": 1, malformed: 1 } },
      message: `left 2 files out of what ${new URL(upstream.url).origin}/…/ac-me/ lists for ac-me`,
    },
  ]);
});

/** Only where slowness is what is looked for: a busy machine is slow, too. */
const IMPATIENT = { headMs: 150, idleMs: 150, totalMs: 600 };
const page = (body: string, type = "application/vnd.pypi.simple.v1+json"): Misbehaviour => ({
  kind: "answer",
  answer: { status: 200, headers: { "Content-Type": type }, body: Buffer.from(body) },
});

test.each<[string, Misbehaviour, TroubleKind, number?]>([
  ["never answers", { kind: "hang" }, "slow"],
  ["stops in the middle", { kind: "stall" }, "slow"],
  ["drips", { kind: "drip", everyMs: 20 }, "slow"],
  ["breaks the connection", { kind: "reset" }, "unreachable"],
  ["answers 500", { kind: "status", status: 500 }, "server-error"],
  ["answers 502", { kind: "status", status: 502 }, "server-error"],
  ["answers 503 with seconds", { kind: "status", status: 503, retryAfter: "7" }, "server-error", 7],
  ["answers 429 with seconds", { kind: "status", status: 429, retryAfter: "120" }, "too-many-requests", 120],
  [
    "answers 429 with a date",
    { kind: "status", status: 429, retryAfter: "Sun, 01 Mar 2026 00:01:30 GMT" },
    "too-many-requests",
    90,
  ],
  ["asks for a year", { kind: "status", status: 429, retryAfter: "31536000" }, "too-many-requests", 3600],
  [
    "asks for the past",
    { kind: "status", status: 429, retryAfter: "Sun, 01 Feb 2026 00:00:00 GMT" },
    "too-many-requests",
  ],
  ["asks for nonsense", { kind: "status", status: 429, retryAfter: "soon" }, "too-many-requests"],
  ["answers 401", { kind: "status", status: 401 }, "refused"],
  ["answers 403", { kind: "status", status: 403 }, "refused"],
  ["answers 451", { kind: "status", status: 451 }, "refused"],
  ["answers 204", { kind: "status", status: 204 }, "invalid"],
  ["says unchanged unasked", { kind: "status", status: 304 }, "invalid"],
  ["breaks off", { kind: "truncated" }, "truncated"],
  ["breaks off in chunks", { kind: "truncated", chunked: true }, "truncated"],
  ["sends plain text", { kind: "wrong-type" }, "wrong-type"],
  ["sends another JSON", { kind: "wrong-type", type: "application/json" }, "wrong-type"],
  ["sends JSON as HTML", { kind: "wrong-type", type: "text/html" }, "not-an-index-page"],
  ["asks to sign in", { kind: "login-page" }, "not-an-index-page"],
  ["redirects to itself", { kind: "redirect-loop" }, "redirects"],
  ["redirects to no address", { kind: "redirect", to: "ftp://files.example/" }, "redirects"],
  ["sends broken JSON", { kind: "invalid-json" }, "invalid"],
  ["sends nothing", { kind: "empty" }, "invalid"],
  ["sends noise", { kind: "wrong-bytes" }, "invalid"],
  ["sends no page of a project", page('{"meta": {"api-version": "1.4"}, "projects": []}'), "not-an-index-page"],
  ["does not say its version", page('{"meta": {}, "files": []}'), "not-an-index-page"],
  ["has version 2", page('{"meta": {"api-version": "2.0"}, "files": []}'), "invalid"],
  [
    "sends another project",
    page('{"meta": {"api-version": "1.0"}, "name": "other", "files": []}'),
    "not-an-index-page",
  ],
  ["lists nothing but nonsense", page('{"meta": {"api-version": "1.0"}, "files": [1, {"url": 2}]}'), "invalid"],
  ["sends an empty web page", page("<html></html>", "text/html"), "not-an-index-page"],
  ["sends HTML of version 2", page('<meta name="pypi:repository-version" content="2.0">', "text/html"), "invalid"],
  [
    "lists all its projects instead",
    page('<meta name="pypi:repository-version" content="1.0"><a href="/simple/ac-me/">ac-me</a>', "text/html"),
    "not-an-index-page",
  ],
  [
    "lists another project's files",
    page('<a href="other-1.0.tar.gz">other-1.0.tar.gz</a>', "text/html"),
    "not-an-index-page",
  ],
])("an upstream that %s is in trouble", async (_, misbehaviour, kind, retryAfter) => {
  const upstream = await upstreamWith();
  upstream.misbehave(misbehaviour);
  const failure = clientOf(upstream.url, kind === "slow" ? { limits: IMPATIENT } : {}).getPage(ACME, UNKNOWN);
  await expect(failure).rejects.toMatchObject({ name: "UpstreamTrouble", kind, retryAfter });
});
