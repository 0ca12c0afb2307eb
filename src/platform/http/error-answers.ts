import type { IncomingMessage } from "node:http";
import { Problem } from "../errors/problem.ts";
import type { Log } from "../log/log.ts";
import { type Answer, type HeaderList, withHeaders } from "./answer.ts";
import { MalformedRequest, PageNotFound, UnsupportedBody } from "./errors.ts";
import { type DrawProblemPage, failureAnswer, type ProblemStyle, problemAnswer } from "./problem-answer.ts";

/** How errors look in one part of the addresses, whether or not a route was found there. First match wins. */
export interface ErrorGroup {
  /** Is this path (without its query, not decoded) in the group? */
  readonly matches: (path: string) => boolean;
  readonly style: ProblemStyle;
  /** Fields that errors carry too, such as CORS. */
  readonly headers: (problem: Problem | undefined, request: IncomingMessage) => HeaderList;
  /** An answer of the room's own for some problems, such as the 13 bytes of a simple page's 404. */
  readonly say?: (problem: Problem, request: IncomingMessage) => Answer | undefined;
}

/** Turns whatever was thrown while answering `request` into an answer. Never throws. */
export type AnswerError = (error: unknown, request: IncomingMessage) => Answer;

export interface ErrorAnswersDeps {
  readonly log: Log;
  readonly drawPage: DrawProblemPage;
  readonly groups: readonly ErrorGroup[];
  /** A short identifier, unique enough to be found in the log. */
  readonly newRequestId: () => string;
}

const everywhere: ErrorGroup = { matches: () => true, style: "site", headers: () => [] };

/** The one place that maps errors to answers: problems say what they are, anything else is logged and becomes a 500. */
export function createErrorAnswers({ log, drawPage, groups, newRequestId }: ErrorAnswersDeps): AnswerError {
  return (error, request) => {
    const path = pathOf(request.url ?? "/");
    const group = groups.find(({ matches }) => matches(path)) ?? everywhere;
    const options = { accept: request.headers.accept, style: group.style, drawPage };
    const problem = asProblem(error);
    if (problem !== undefined) {
      if (problem.status >= 500) {
        const { message, cause } = problem;
        log.warn({ err: cause, method: request.method, path }, `${request.method} ${path}: ${message}`);
      }
      return withHeaders(
        group.say?.(problem, request) ?? problemAnswer(problem, options),
        group.headers(problem, request),
      );
    }
    const requestId = newRequestId();
    const { method } = request;
    log.error({ err: error, requestId, method, path }, `request ${requestId}, ${method} ${path}, failed`);
    return withHeaders(failureAnswer(requestId, options), group.headers(undefined, request));
  };
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

/** Fastify's own refusals (a path too long, a body it will not take) are the client's mistakes too. */
function asProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error) || !("statusCode" in error) || !("code" in error)) return undefined;
  const { statusCode, code } = error;
  if (typeof statusCode !== "number" || typeof code !== "string" || !code.startsWith("FST_")) return undefined;
  if (statusCode === 404 || code === "FST_ERR_MAX_PARAM_LENGTH") return new PageNotFound();
  if (statusCode === 415) return new UnsupportedBody(error.message);
  return statusCode >= 400 && statusCode < 500 ? new MalformedRequest(error.message) : undefined;
}
