import { expect, test } from "vitest";
import { inject } from "../../test/support/http.ts";
import { quietLog } from "../../test/support/log.ts";
import type { Index } from "../indexes/index.ts";
import type { UpstreamState } from "../mirror/index.ts";
import { createApp } from "../platform/http/create-app.ts";
import { createErrorAnswers } from "../platform/http/error-answers.ts";
import { createSendAnswer } from "../platform/http/send-answer.ts";
import { type StatusDeps, statusRoutes } from "./status-routes.ts";

const at = (time: string) => Temporal.Instant.from(time);
const index = (name: string, kind: Index["kind"], isPrivate: boolean, ...sources: string[]): Index => ({
  id: name,
  name,
  kind,
  isPrivate,
  isVolatile: false,
  sources: sources.map((source) => ({ id: source, name: source, kind: "hosted" })),
});
const state: UpstreamState = {
  index: "upstream",
  url: "https://mirror.example/simple/",
  breaker: "open",
  lastSuccessAt: at("2026-05-04T10:00:00Z"),
  lastFailureAt: at("2026-05-04T11:00:00Z"),
  lastFailure: "mirror.example did not answer in 10 s.",
  retryAt: at("2026-05-04T11:01:00Z"),
};

async function visit(
  change: Partial<StatusDeps> = {},
  headers: Record<string, string> = { accept: "application/json" },
) {
  const frame = { siteName: "Cheeseshop", version: "1.2.3", basePath: "" };
  const answerError = createErrorAnswers({ log: quietLog, drawPage: () => "", groups: [], newRequestId: () => "r" });
  const app = createApp({
    sendAnswer: createSendAnswer({ log: quietLog, headersFor: () => [] }),
    answerError,
    unroutedHeaders: () => [],
  });
  statusRoutes(app, {
    frame,
    findTrouble: async () => undefined,
    indexes: {
      list: async () => [
        index("main", "union", false, "main", "upstream"),
        index("team", "hosted", true, "team"),
        index("upstream", "mirror", false, "upstream"),
      ],
    },
    fetcher: { states: async () => [state] },
    mayRead: async ({ isPrivate }, authorization) => !isPrivate || authorization !== undefined,
    ...change,
  });
  await app.ready();
  return inject((request, response) => app.routing(request, response), { url: "/status/", headers });
}

test("programs are told what works, which indexes there are and how their upstreams do", async () => {
  const { statusCode, headers, ...answer } = await visit();
  expect([statusCode, headers["cache-control"], headers["vary"]]).toEqual([200, "no-store", "Accept, Authorization"]);
  expect(answer.json()).toEqual({
    version: "1.2.3",
    reading: { works: true },
    uploads: { works: true },
    indexes: [
      { name: "main", kind: "union", private: false, sources: ["main", "upstream"] },
      { name: "upstream", kind: "mirror", private: false, sources: ["upstream"] },
    ],
    upstreams: [
      {
        index: "upstream",
        url: "https://mirror.example/simple/",
        breaker: "open",
        last_success_at: "2026-05-04T10:00:00.000000Z",
        last_failure_at: "2026-05-04T11:00:00.000000Z",
        last_failure: "mirror.example did not answer in 10 s.",
        retry_at: "2026-05-04T11:01:00.000000Z",
      },
    ],
  });
});

test("a private index is named to those who may read it", async () => {
  const known = (await visit({}, { accept: "application/json", authorization: "Basic x" })).json();
  expect(known.indexes.map(({ name }: { name: string }) => name)).toEqual(["main", "team", "upstream"]);
  const html = { accept: "text/html" };
  expect((await visit({}, html)).body).not.toContain("team");
  expect((await visit({ mayRead: async () => false }, html)).body).not.toContain("mirror.example");
});

test("people get a page", async () => {
  const { body, headers } = await visit({}, { accept: "text/html" });
  expect(headers["content-type"]).toBe("text/html; charset=UTF-8");
  expect(body).toMatch(
    /not asked until <time[^>]*>2026-05-04 11:01 UTC<\/time>: mirror.example did not answer in 10 s\./,
  );
});

test("it answers while the database is away, and while nobody says how upstreams do", async () => {
  const away = () => Promise.reject(new Error("away"));
  const down = await visit({
    findTrouble: async () => "the database does not answer",
    indexes: { list: away },
    fetcher: { states: away },
  });
  expect([down.statusCode, down.json()]).toMatchObject([
    200,
    {
      reading: { works: false, trouble: "the database does not answer" },
      uploads: { works: false, trouble: "the database does not answer" },
      indexes: null,
      upstreams: null,
    },
  ]);
  const never = () => new Promise<never>(() => {});
  // Longer than it takes to say what can be said.
  const wait = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  expect((await visit({ fetcher: { states: never }, wait })).json().upstreams).toBeNull();
  const silent = { findTrouble: never, indexes: { list: never }, fetcher: { states: never }, wait };
  expect((await visit(silent)).json()).toMatchObject({ reading: { works: false }, indexes: null, upstreams: null });
  expect((await visit(silent, { accept: "text/html" })).body).toContain("They cannot be listed now.");
});

test("it says why uploads are not taken", async () => {
  const findTrouble = async (forUpload: boolean) => (forUpload ? "read-only mode" : undefined);
  expect((await visit({ findTrouble })).json()).toMatchObject({
    reading: { works: true },
    uploads: { works: false, trouble: "read-only mode" },
  });
  expect((await visit({ findTrouble }, { accept: "text/html" })).body).toContain("are not taken: read-only mode");
});
