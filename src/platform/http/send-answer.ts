import { close, createReadStream, open, read } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Log } from "../log/log.ts";
import type { Answer, FileSlice, HeaderList } from "./answer.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/** Sends an answer on the raw response. Does nothing when an answer has already begun or the client has gone. */
export type SendAnswer = (request: IncomingMessage, response: ServerResponse, answer: Answer) => void;

export interface SendAnswerDeps {
  readonly log: Log;
  /** Fields that every answer to this request carries (security headers); the same array each time, built beforehand. */
  readonly headersFor: (request: IncomingMessage) => HeaderList;
}

/** Slices up to this many bytes are read in one call; longer ones are streamed. */
const readAtOnce = 128 * 1024;
const streamChunk = 256 * 1024;

/** Makes the one function that writes answers: the only place that sets a status message. */
export function createSendAnswer({ log, headersFor }: SendAnswerDeps): SendAnswer {
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
      sendSlice(log, response, answer, body, headersFor(request));
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

/** Opens before the head is written, so that a file that is not there becomes a 500 and not a broken 200. */
function sendSlice(log: Log, response: ServerResponse, answer: Answer, slice: FileSlice, common: HeaderList): void {
  open(slice.path, "r", (error, fd) => {
    if (error) {
      log.error({ err: error, path: slice.path }, `could not open ${slice.path}, which was to be sent`);
      if (!response.headersSent && !response.destroyed) {
        writeHead(response, unreadable, common);
        response.end(unreadable.body);
      }
    } else if (response.headersSent || response.destroyed) {
      close(fd);
    } else if (slice.end - slice.start <= readAtOnce) {
      readAndSend(log, response, answer, slice, fd, common);
    } else {
      writeHead(response, answer, common);
      streamSlice(log, response, slice, fd);
    }
  });
}

const unreadable = {
  status: 500,
  headers: ["Content-Type", "text/plain; charset=UTF-8"],
  body: Buffer.from("The bytes of this file cannot be read."),
} satisfies Answer;

function readAndSend(
  log: Log,
  response: ServerResponse,
  answer: Answer,
  { path, start, end }: FileSlice,
  fd: number,
  common: HeaderList,
): void {
  const bytes = Buffer.allocUnsafe(end - start);
  read(fd, bytes, 0, bytes.length, start, (error, count) => {
    close(fd);
    if (response.headersSent || response.destroyed) return;
    if (error || count < bytes.length) {
      log.error({ err: error, path, start, end, count }, `could not read bytes ${start} to ${end} of ${path}`);
      writeHead(response, unreadable, common);
      response.end(unreadable.body);
    } else {
      writeHead(response, answer, common);
      response.end(bytes);
    }
  });
}

function streamSlice(log: Log, response: ServerResponse, { path, start, end }: FileSlice, fd: number): void {
  const source = createReadStream(path, { fd, start, end: end - 1, highWaterMark: streamChunk });
  // The pipeline waits for the client (backpressure) and closes the file when the client goes away.
  pipeline(source, response, { end: false }).then(
    () => {
      if (source.bytesRead === end - start) response.end();
      else giveUp(undefined);
    },
    (error: unknown) => {
      if (source.errored === error) giveUp(error);
    },
  );

  // The length is promised already: a closed connection is the only way left to say that this is not all of it.
  function giveUp(error: unknown): void {
    log.error({ err: error, path, start, end, sent: source.bytesRead }, `could not send all of ${path}`);
    response.destroy();
  }
}
