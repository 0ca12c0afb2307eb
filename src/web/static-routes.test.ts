import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { inject } from "../../test/support/http.ts";
import { quietLog } from "../../test/support/log.ts";
import { createApp } from "../platform/http/create-app.ts";
import { createErrorAnswers } from "../platform/http/error-answers.ts";
import { createSendAnswer } from "../platform/http/send-answer.ts";
import { assetPath } from "./assets.ts";
import { staticRoutes } from "./static-routes.ts";
import { stylesheet } from "./stylesheet.ts";

async function visit(url: string, headers: Readonly<Record<string, string>> = {}) {
  const sendAnswer = createSendAnswer({ log: quietLog, headersFor: () => [] });
  const answerError = createErrorAnswers({ log: quietLog, drawPage: () => "", groups: [], newRequestId: () => "r" });
  const app = createApp({ sendAnswer, answerError, unroutedHeaders: () => [] });
  staticRoutes(app, { basePath: "/base" });
  await app.ready();
  return inject((request, response) => app.routing(request, response), { url, headers });
}

test("the stylesheet may be kept for ever at its address", async () => {
  const response = await visit(assetPath("site.css"));
  expect([response.statusCode, response.body]).toEqual([200, stylesheet]);
  expect(response.headers).toMatchObject({
    "content-type": "text/css; charset=utf-8",
    "cache-control": "max-age=31536000, public, immutable",
    vary: "Accept-Encoding",
  });
});

test("it is sent compressed to who asks, and not at all to who has it", async () => {
  const zipped = await visit(assetPath("site.css"), { "accept-encoding": "gzip" });
  expect(zipped.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(stylesheet);
  const again = await visit(assetPath("site.css"), { "if-none-match": String(zipped.headers["etag"]) });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
});

test("an address from before an update gets today's file, not to be kept", async () => {
  const response = await visit("/static/0123456789abcdef/site.css");
  expect([response.statusCode, response.headers["cache-control"]]).toEqual([200, "no-cache"]);
});

test("nothing else is there", async () => {
  expect((await visit("/static/0123456789abcdef/..%2f..%2fpackage.json")).statusCode).toBe(404);
});

test("the icon that browsers look for is the drawn one", async () => {
  const response = await visit("/favicon.ico");
  expect([response.statusCode, response.headers["location"]]).toEqual([302, `/base${assetPath("favicon.svg")}`]);
  const icon = await visit(assetPath("favicon.svg"));
  expect(icon.headers["content-type"]).toBe("image/svg+xml");
});
