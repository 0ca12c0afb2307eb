import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log/log.ts";
import type { Answer, HeaderList } from "./answer.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { sendIncoming } from "./send-incoming.ts";
import { sendSlice } from "./send-slice.ts";

/** Sends an answer on the raw response. Does nothing when an answer has already begun or the client has gone. */
export type SendAnswer = (request: IncomingMessage, response: ServerResponse, answer: Answer) => void;

export interface SendAnswerDeps {
  readonly log: Log;
  /** Fields that every answer to this request carries (security headers); the same array each time, built beforehand. */
  readonly headersFor: (request: IncomingMessage) => HeaderList;
  /** How long a client may take nothing of a file before it is let go, in milliseconds; two minutes unless told. */
  readonly stallMs?: number;
}

/** Makes the one function that writes answers: the only place that sets a status message. */
export function createSendAnswer({ log, headersFor, stallMs }: SendAnswerDeps): SendAnswer {
  return (request, response, answer) => {
    if (response.headersSent || response.destroyed) return;
    const { body } = answer;
    if (body === null || Buffer.isBuffer(body)) {
      writeHead(response, answer, headersFor(request));
      // No string ever goes to `end`: with one, Node would write the status line in that string's encoding.
      if (body === null || request.method === "HEAD") response.end();
      else response.end(body);
    } else if (request.method === "HEAD") {
      writeHead(response, answer, headersFor(request));
      response.end();
    } else if ("read" in body) {
      sendIncoming(
        response,
        body,
        {
          begin: () => writeHead(response, answer, headersFor(request)),
          fail(error) {
            // Whoever reads them knows why they do not come, and has said it.
            log.debug({ err: error }, `bytes from elsewhere broke off: ${error.message}`);
            cutOff(request, response, notNow);
          },
        },
        stallMs,
      );
    } else {
      const { path, start, end } = body;
      sendSlice(
        response,
        body,
        {
          begin: () => writeHead(response, answer, headersFor(request)),
          fail(error) {
            log.error({ err: error, path, start, end }, `could not send bytes ${start} to ${end} of ${path}`);
            cutOff(request, response, unreadable);
          },
        },
        stallMs,
      );
    }
  };

  /** The length may be promised already: a closed connection is then the only way to say that this is not all of it. */
  function cutOff(
    request: IncomingMessage,
    response: ServerResponse,
    instead: Answer & { readonly body: Buffer },
  ): void {
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) {
      writeHead(response, instead, headersFor(request));
      response.end(instead.body);
    }
  }
}

function writeHead(response: ServerResponse, answer: Answer, common: HeaderList): void {
  const headers = answer.headers.concat(common);
  const length = lengthOf(answer.body);
  if (answer.status !== 304 && answer.status !== 204 && length !== null) headers.push("Content-Length", String(length));
  if (answer.reason === undefined) response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, reasonPhrase(answer.reason), headers);
}

/** Null where nobody knows it: it then goes out in chunks. */
function lengthOf(body: Answer["body"]): number | null {
  if (body === null) return 0;
  if (Buffer.isBuffer(body)) return body.length;
  return body.end === null ? null : body.end - body.start;
}

const unreadable = {
  status: 500,
  headers: ["Content-Type", "text/plain; charset=UTF-8"],
  body: Buffer.from("The bytes of this file cannot be read."),
} satisfies Answer;

const notNow = {
  status: 503,
  headers: ["Content-Type", "text/plain; charset=UTF-8", "Retry-After", "10"],
  body: Buffer.from("The bytes of this file could not be had from where they are. Try again later."),
} satisfies Answer;
