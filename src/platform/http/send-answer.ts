import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log/log.ts";
import type { Answer, HeaderList } from "./answer.ts";
import { reasonPhrase } from "./reason-phrase.ts";
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
    } else {
      const { path, start, end } = body;
      sendSlice(
        response,
        body,
        {
          begin: () => writeHead(response, answer, headersFor(request)),
          fail(error) {
            log.error({ err: error, path, start, end }, `could not send bytes ${start} to ${end} of ${path}`);
            // The length may be promised already: a closed connection is then the only way to say that this is not all of it.
            if (response.headersSent) response.destroy();
            else if (!response.destroyed) {
              writeHead(response, unreadable, headersFor(request));
              response.end(unreadable.body);
            }
          },
        },
        stallMs,
      );
    }
  };
}

function writeHead(response: ServerResponse, answer: Answer, common: HeaderList): void {
  const headers = answer.headers.concat(common);
  if (answer.status !== 304 && answer.status !== 204) headers.push("Content-Length", String(lengthOf(answer.body)));
  if (answer.reason === undefined) response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, reasonPhrase(answer.reason), headers);
}

function lengthOf(body: Answer["body"]): number {
  if (body === null) return 0;
  return Buffer.isBuffer(body) ? body.length : body.end - body.start;
}

const unreadable = {
  status: 500,
  headers: ["Content-Type", "text/plain; charset=UTF-8"],
  body: Buffer.from("The bytes of this file cannot be read."),
} satisfies Answer;
