import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendRaw } from "../../../test/support/http.ts";
import { type RunningServer, startServer } from "../../../test/support/http-server.ts";
import { quietLog } from "../../../test/support/log.ts";
import { textAnswer } from "./answer.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { createSendAnswer } from "./send-answer.ts";

test.each([
  ["plain", "plain"],
  ["two\r\nlines", "two lines"],
  ["a\x00\x1f\x7fb", "a b"],
  ["a\u0085b\u2028c", "a b c"],
  ["fromage frais: caf\u00e9", "fromage frais: caf\u00e9"],
  ["\u2260 1.0 \u{1f9c0}", "? 1.0 ?"],
  ["lone \ud800 half", "lone ? half"],
  ["\n", ""],
  ["x".repeat(600), "x".repeat(500)],
])("%j is sent as %j", (text, phrase) => {
  expect(reasonPhrase(text)).toBe(phrase);
});

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 700 }),
  fc.string({ unit: "binary", maxLength: 700 }),
  fc
    .array(fc.constantFrom("\n", "\r\n", "\0", "\x7f", "\u0085", "\u2028", "é", "Set-Cookie: a=b", " "))
    .map((parts) => parts.join("")),
);

test("whatever it is given, it is printable latin-1, at most 500 characters", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(reasonPhrase(text)).toMatch(/^[\x20-\x7e\xa0-\xff]{0,500}$/);
    }),
    { numRuns: 2_000 },
  );
});

let running: RunningServer;
let text = "";
beforeAll(async () => {
  const sendAnswer = createSendAnswer({ log: quietLog, headersFor: () => [] });
  running = await startServer({
    listener: (request, response) => sendAnswer(request, response, { ...textAnswer(400, text), reason: text }),
  });
});
afterAll(() => running.stop());

test("over a socket, any message leaves one status line, no header of its own, and its bytes in the body", async () => {
  await fc.assert(
    fc.asyncProperty(anyText, async (message) => {
      text = message;
      const answer = await sendRaw(running.port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const [head = "", ...body] = answer.split("\r\n\r\n");
      const [statusLine = "", ...fields] = head.split("\r\n");
      expect(statusLine).toBe(`HTTP/1.1 400 ${reasonPhrase(message)}`);
      expect(fields.map((field) => field.split(":")[0])).toEqual([
        "Content-Type",
        "Content-Length",
        "Date",
        "Connection",
      ]);
      expect(Buffer.from(body.join("\r\n\r\n"), "latin1")).toEqual(Buffer.from(message));
    }),
    { numRuns: 300 },
  );
});
