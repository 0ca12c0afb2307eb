import { expect, test } from "vitest";
import { inject } from "../../../test/support/http.ts";
import { quietLog } from "../../../test/support/log.ts";
import { Forbidden } from "../errors/problem.ts";
import { textAnswer } from "./answer.ts";
import { createApp, type Http } from "./create-app.ts";
import { createErrorAnswers, type ErrorGroup } from "./error-answers.ts";
import { createListener } from "./listener.ts";
import { route } from "./route.ts";
import { createSendAnswer } from "./send-answer.ts";

class NoEntry extends Forbidden {
  readonly code = "no_entry";
}

const simple: ErrorGroup = {
  matches: (path) => path.startsWith("/simple/"),
  style: "site",
  headers: () => [],
  say: (problem) => (problem.status === 404 ? textAnswer(404, "404 Not Found") : undefined),
};

async function listen(declare: (http: Http) => void, hot: string[] = []) {
  const sendAnswer = createSendAnswer({ log: quietLog, headersFor: () => ["X-Frame-Options", "deny"] });
  const answerError = createErrorAnswers({
    log: quietLog,
    drawPage: ({ status, detail }) => `<h1>${status}</h1>${detail}`,
    groups: [simple],
    newRequestId: () => "r1",
  });
  const app = createApp({ sendAnswer, answerError, unroutedHeaders: () => ["Access-Control-Allow-Origin", "*"] });
  declare(app);
  await app.ready();
  return createListener({
    admit: () => undefined,
    hot: ({ url }) => (url !== undefined && hot.includes(url) ? textAnswer(200, "hot") : undefined),
    app,
    sendAnswer,
    answerError,
  });
}

interface Named {
  readonly Params: { readonly name: string };
}

const declareSimple = (http: Http) => {
  http.get<Named>(
    "/simple/:name/",
    route((request) => textAnswer(200, request.params.name)),
  );
};

test("a route returns an answer, which gets its length and the fields that all answers carry", async () => {
  const response = await inject(await listen(declareSimple), { url: "/simple/a%20b/" });
  expect(response.statusCode).toBe(200);
  expect(response.body).toBe("a b");
  expect(response.headers).toMatchObject({
    "content-type": "text/plain; charset=UTF-8",
    "content-length": "3",
    "x-frame-options": "deny",
  });
});

test("HEAD answers like GET without a body", async () => {
  const response = await inject(await listen(declareSimple), { method: "HEAD", url: "/simple/brie/" });
  expect(response.headers["content-length"]).toBe("4");
  expect(response.body).toBe("");
});

test("the hot path comes before the routes", async () => {
  const response = await inject(await listen(declareSimple, ["/simple/brie/"]), { url: "/simple/brie/" });
  expect(response.body).toBe("hot");
});

test("a wrong method is 405 with what is allowed, sorted", async () => {
  const listener = await listen((http) => {
    declareSimple(http);
    http.post(
      "/only/",
      route(() => textAnswer(200, "posted")),
    );
  });
  const put = await inject(listener, { method: "PUT", url: "/simple/brie/" });
  expect([put.statusCode, put.headers["allow"]]).toEqual([405, "GET, HEAD, OPTIONS"]);
  expect(put.headers["access-control-allow-origin"]).toBe("*");
  const get = await inject(listener, { url: "/only/" });
  expect([get.statusCode, get.headers["allow"]]).toEqual([405, "POST"]);
});

test("OPTIONS says what is allowed", async () => {
  const response = await inject(await listen(declareSimple), { method: "OPTIONS", url: "/simple/brie/" });
  expect([response.statusCode, response.body]).toEqual([204, ""]);
  expect(response.headers).toMatchObject({ allow: "GET, HEAD, OPTIONS", "access-control-allow-origin": "*" });
  expect(response.headers["content-length"]).toBeUndefined();
});

test("an address that lacks only its last slash is redirected, with its query", async () => {
  const response = await inject(await listen(declareSimple), { url: "/simple/brie?x=1" });
  expect([response.statusCode, response.headers["location"]]).toEqual([301, "/simple/brie/?x=1"]);
});

test.each([
  ["a name longer than any that is stored", `/simple/${"a".repeat(2000)}/`, 404],
  ["a percent sign that encodes nothing", "/simple/%zz/", 400],
])("%s is the client's mistake", async (_, url, status) => {
  const listener = await listen((http) =>
    http.get(
      "/simple/:name/",
      route(() => textAnswer(200, "here")),
    ),
  );
  expect((await inject(listener, { url })).statusCode).toBe(status);
});

test("an unknown address is answered in the words of its group", async () => {
  const listener = await listen(declareSimple);
  const inGroup = await inject(listener, { url: "/simple/brie/1.0/" });
  expect([inGroup.statusCode, inGroup.body]).toEqual([404, "404 Not Found"]);
  expect(inGroup.headers["access-control-allow-origin"]).toBe("*");
  const page = await inject(listener, { url: "/nowhere", headers: { accept: "text/html" } });
  expect([page.statusCode, page.body]).toEqual([404, "<h1>404</h1>Not Found"]);
});

test("a problem thrown by a route is said in the representation asked for", async () => {
  const listener = await listen((http) => {
    http.get(
      "/cellar/",
      route(() => {
        throw new NoEntry("the cellar\nis closed");
      }),
    );
  });
  const json = await inject(listener, { url: "/cellar/", headers: { accept: "application/json" } });
  expect(json.headers["content-type"]).toBe("application/problem+json");
  expect(json.json()).toEqual({
    type: "about:blank",
    title: "Forbidden",
    status: 403,
    detail: "the cellar\nis closed",
    code: "no_entry",
  });
  expect(json.statusMessage).toBe("the cellar is closed");
  const text = await inject(listener, { url: "/cellar/" });
  expect([text.headers["content-type"], text.body]).toEqual(["text/plain; charset=UTF-8", "the cellar\nis closed"]);
});

test("an unexpected error shows its request id and nothing else", async () => {
  const listener = await listen((http) => {
    http.get(
      "/",
      route(async () => {
        throw new Error("password is cheese");
      }),
    );
  });
  const response = await inject(listener, { url: "/" });
  expect(response.statusCode).toBe(500);
  expect(response.body).toContain("r1");
  expect(response.body + response.statusMessage).not.toContain("cheese");
});

test("a body reaches its route as a stream, whatever its type", async () => {
  const listener = await listen((http) => {
    http.post(
      "/",
      route(async (request) => {
        const chunks = await request.raw.toArray();
        return textAnswer(200, Buffer.concat(chunks).toString());
      }),
    );
  });
  for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
    const headers = { "content-type": type };
    const response = await inject(listener, { method: "POST", url: "/", headers, payload: "{not json" });
    expect([type, response.body]).toEqual([type, "{not json"]);
  }
  const noType = await inject(listener, {
    method: "POST",
    url: "/",
    headers: { "content-type": "nonsense" },
    payload: "x",
  });
  expect(noType.statusCode).toBe(415);
});
