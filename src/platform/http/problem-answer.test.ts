import { expect, test } from "vitest";
import { BadRequest, Problem } from "../errors/problem.ts";
import type { Answer } from "./answer.ts";
import { failureAnswer, type ProblemStyle, problemAnswer } from "./problem-answer.ts";

class NotADistribution extends BadRequest {
  readonly code = "not_a_distribution";
}
class Closed extends Problem {
  readonly status = 503;
  readonly code = "closed";
  override readonly headers = { "Retry-After": "60" };
}

const detail = "Invalid distribution file.\nIt is a cheese: \u{1f9c0}";
const drawPage = ({ status, title }: { status: number; title: string }) => `<title>${status} ${title}</title>`;
const say = (style: ProblemStyle, accept: string | undefined, problem: Problem = new NotADistribution(detail)) =>
  problemAnswer(problem, { style, accept, drawPage });
const typeOf = ({ headers }: Answer) => headers[headers.indexOf("Content-Type") + 1];

const uv = "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7";

test.each([undefined, "*/*", "text/html", "text/plain", "nonsense"])(
  "an upload client that accepts %s gets the message as text",
  (accept) => {
    const answer = say("upload", accept);
    expect([typeOf(answer), String(answer.body), answer.reason]).toEqual(["text/plain; charset=UTF-8", detail, detail]);
  },
);

test.each([uv, "application/json"])("an upload client that accepts %s gets the message as JSON", (accept) => {
  const answer = say("upload", accept);
  expect(JSON.parse(String(answer.body))).toEqual({ message: detail, code: `400 ${detail}`, title: "Bad Request" });
});

test.each([
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=UTF-8"],
  ["*/*", "text/html; charset=UTF-8"],
  ["application/json", "application/problem+json"],
  ["application/problem+json", "application/problem+json"],
  ["text/plain", "text/plain; charset=UTF-8"],
  ["image/png", "text/plain; charset=UTF-8"],
  [undefined, "text/plain; charset=UTF-8"],
])("elsewhere, who accepts %s gets %s", (accept, type) => {
  expect(typeOf(say("site", accept))).toBe(type);
});

test.each(["site", "upload"] as const)("the fields of the problem come along, in style %s", (style) => {
  const { status, headers } = say(style, undefined, new Closed("closed for stocktaking"));
  expect(status).toBe(503);
  expect(headers[headers.indexOf("Retry-After") + 1]).toBe("60");
});

test.each(["site", "upload"] as const)("our own failure names its request only, in style %s", (style) => {
  const answer = failureAnswer("r42", { style, accept: "application/json", drawPage });
  expect(answer.status).toBe(500);
  expect(String(answer.body)).toContain("request r42");
});
