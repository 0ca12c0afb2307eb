import type { IncomingMessage, ServerResponse } from "node:http";
import type { FakeAnswer } from "./fake-upstream-answers.ts";

/** What can be wrong with an answer. `down()` of the fake upstream refuses connections; `tls` gives it a bad certificate. */
export type Misbehaviour =
  /** Never answers. */
  | { readonly kind: "hang" }
  /** The head and half of the body, then nothing more. */
  | { readonly kind: "stall" }
  /** One byte each `everyMs`, without end in sight. */
  | { readonly kind: "drip"; readonly everyMs: number }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** The connection breaks before anything is said. */
  | { readonly kind: "reset" }
  /** Half of the announced length (or of the chunks), then the connection closes. */
  | { readonly kind: "truncated"; readonly chunked?: boolean }
  /** The right body as another type. */
  | { readonly kind: "wrong-type"; readonly type?: string }
  /** A captive portal, or single sign-on: 200, HTML, nothing of what was asked. */
  | { readonly kind: "login-page" }
  | { readonly kind: "redirect-loop" }
  | { readonly kind: "redirect"; readonly to: string; readonly status?: number }
  | { readonly kind: "invalid-json" }
  | { readonly kind: "empty" }
  /** The right length and type, another content. */
  | { readonly kind: "wrong-bytes" }
  /** Anything else. */
  | { readonly kind: "answer"; readonly answer: Partial<FakeAnswer> };

export function misbehave(
  trouble: Misbehaviour,
  right: FakeAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const head = () => response.writeHead(right.status, { "Content-Length": right.body.length, ...right.headers });
  const half = right.body.subarray(0, Math.ceil(right.body.length / 2));
  switch (trouble.kind) {
    case "hang":
      return;
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "stall":
      head().write(half);
      return;
    case "drip":
      drip(right, head(), trouble.everyMs);
      return;
    case "truncated":
      if (trouble.chunked) response.writeHead(right.status, right.headers);
      else head();
      response.write(half, () => request.socket.destroy());
      return;
    default: {
      const { status, headers, body } = { ...right, ...wrongAnswer(trouble, right, request) };
      response.writeHead(status, { "Content-Length": body.length, ...headers }).end(body);
    }
  }
}

type Broken = "hang" | "reset" | "stall" | "drip" | "truncated";

/** What stands in place of the right answer. */
function wrongAnswer(
  trouble: Exclude<Misbehaviour, { readonly kind: Broken }>,
  right: FakeAnswer,
  request: IncomingMessage,
): Partial<FakeAnswer> {
  switch (trouble.kind) {
    case "status": {
      const headers = trouble.retryAfter === undefined ? {} : { "Retry-After": trouble.retryAfter };
      return { status: trouble.status, headers, body: Buffer.from(String(trouble.status)) };
    }
    case "wrong-type":
      return { headers: { ...right.headers, "Content-Type": trouble.type ?? "text/plain" } };
    case "login-page":
      return { status: 200, headers: { "Content-Type": "text/html" }, body: Buffer.from(LOGIN_PAGE) };
    case "redirect-loop":
      return { status: 302, headers: { Location: request.url ?? "/" }, body: Buffer.alloc(0) };
    case "redirect":
      return { status: trouble.status ?? 302, headers: { Location: trouble.to }, body: Buffer.alloc(0) };
    case "invalid-json":
      return { body: Buffer.from('{"meta": {"api-version": "1.1"}, "files": [') };
    case "empty":
      return { body: Buffer.alloc(0) };
    case "wrong-bytes":
      return { body: Buffer.from(right.body.map((byte) => byte ^ 1)) };
    case "answer":
      return trouble.answer;
  }
}

function drip(right: FakeAnswer, response: ServerResponse, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => response.write(right.body.subarray(at, ++at)), everyMs);
  response.once("close", () => clearInterval(timer));
}

const LOGIN_PAGE = `<!DOCTYPE html><html><head><title>Sign in</title></head><body>
<h1>Welcome to the network</h1>
<form method="post" action="/login"><input name="user"><input name="password" type="password"></form>
<a href="/terms">Terms</a> <a href="/help/">Help</a> <a href="/app-1.0.zip">Our app</a></body></html>`;
