import { expect, test } from "vitest";
import { inject } from "../../../test/support/http.ts";
import { quietLog, recordingLog } from "../../../test/support/log.ts";
import type { Log } from "../log/log.ts";
import { createAdmit } from "./admit.ts";
import { textAnswer } from "./answer.ts";
import { createApp } from "./create-app.ts";
import { createErrorAnswers } from "./error-answers.ts";
import { createForwarded, parseProxies } from "./forwarded.ts";
import { createListener, type Listener } from "./listener.ts";
import { createSendAnswer } from "./send-answer.ts";

/** A listener whose hot path answers everything that was admitted with the address it saw. */
function listen(publicUrl: string, log: Log = quietLog): Listener {
  const sendAnswer = createSendAnswer({ log, headersFor: () => [] });
  const answerError = createErrorAnswers({
    log,
    drawPage: ({ detail }) => detail,
    groups: [],
    newRequestId: () => "r",
  });
  return createListener({
    admit: createAdmit({
      log,
      forwarded: createForwarded(parseProxies(["10.0.0.0/8"])),
      publicUrl: new URL(publicUrl),
    }),
    hot: (request) => textAnswer(200, request.url ?? ""),
    app: createApp({ sendAnswer, answerError, unroutedHeaders: () => [] }),
    sendAnswer,
    answerError,
  });
}

const plain = listen("http://index.test/");

test.each([
  ["/simple/brie/", "/simple/brie/"],
  ["/search/?q=100%", "/search/?q=100%"],
  ["/search/?q=%C3%A9&%zz", "/search/?q=%C3%A9&%zz"],
  ["/simple/caf%C3%A9/", "/simple/caf%C3%A9/"],
  ["/simple/brie/#files", "/simple/brie/"],
  ["http://elsewhere.test/simple/?a=b", "/simple/?a=b"],
  ["http://elsewhere.test", "/"],
])("%s is read as %s", async (url, seen) => {
  expect((await inject(plain, { url })).body).toBe(seen);
});

test.each([
  ["/%ff", 400, "Invalid bytes in URL."],
  ["/%zz", 400, "Invalid bytes in URL."],
  ["/a%", 400, "Invalid bytes in URL."],
  ["/caf\u00e9", 400, "Invalid bytes in URL."],
  ["*", 400, "Invalid bytes in URL."],
  ["/?a=%ff", 400, "Invalid bytes in query string."],
  ["/?a=%00", 400, "Invalid bytes in query string."],
  ["/simple/%00/", 404, "Not Found"],
])("%s is refused with %i %s", async (url, status, text) => {
  const response = await inject(plain, { url });
  expect([response.statusCode, response.body]).toEqual([status, text]);
});

test.each(["index.test", "index.test:8080", "[::1]:8080", "127.0.0.1", ""])("Host %s is taken", async (host) => {
  expect((await inject(plain, { url: "/", headers: { host } })).statusCode).toBe(200);
});

test.each(["index.test/evil", "a b", "a<b>", "index.test:port"])("Host %s is refused", async (host) => {
  const response = await inject(plain, { url: "/", headers: { host } });
  expect([response.statusCode, response.body]).toEqual([400, "Invalid Host header."]);
});

const secure = listen("https://index.test/pkg");
const stranger = { remoteAddress: "203.0.113.9" };

test.each([
  ["GET", "/simple/brie/"],
  ["GET", "/pkg/simple/brie/"],
  ["GET", "/i/team/simple/"],
  ["GET", "/pypi/brie/json"],
  ["GET", "/?:action=file_upload"],
  ["POST", "/legacy/"],
  ["POST", "/account/login/"],
] as const)("%s %s over plain http is refused where https is required", async (method, url) => {
  const response = await inject(secure, { method, url, ...stranger });
  expect([response.statusCode, response.statusMessage, response.body]).toEqual([
    403,
    "SSL is required",
    "SSL is required.",
  ]);
  expect(response.headers["content-type"]).toBe("text/plain; charset=UTF-8");
});

test.each([
  ["/project/brie/?a=b", "https://index.test/pkg/project/brie/?a=b"],
  ["/pkg/help/", "https://index.test/pkg/help/"],
  ["/pypi/brie/", "https://index.test/pkg/pypi/brie/"],
  ["/a\\b", "https://index.test/pkg/a%5Cb"],
])("the page %s is redirected to https", async (url, location) => {
  const response = await inject(secure, { url, headers: { host: "evil.test" }, ...stranger });
  expect([response.statusCode, response.headers["location"]]).toEqual([301, location]);
});

test.each([
  ["this machine", "/simple/", { remoteAddress: "127.0.0.1" }],
  ["health checks", "/_health/", stranger],
  [
    "what a trusted proxy got over https",
    "/simple/",
    { remoteAddress: "10.0.0.1", headers: { "x-forwarded-proto": "https" } },
  ],
])("%s may come over plain http", async (_who, url, how) => {
  expect((await inject(secure, { url, ...how })).statusCode).toBe(200);
});

test("a trusted proxy that says http is believed too", async () => {
  const headers = { "x-forwarded-proto": "http", "x-forwarded-for": "203.0.113.9" };
  expect((await inject(secure, { url: "/simple/", remoteAddress: "10.0.0.1", headers })).statusCode).toBe(403);
});

test("a proxy that is not trusted is named in the log, once", async () => {
  const { log, lines } = recordingLog();
  const listener = listen("https://index.test/", log);
  for (let i = 0; i < 2; i++) {
    await inject(listener, { url: "/simple/", headers: { "x-forwarded-proto": "https" }, ...stranger });
  }
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ["warn", expect.stringContaining("--trusted-proxy 203.0.113.9")],
  ]);
});
