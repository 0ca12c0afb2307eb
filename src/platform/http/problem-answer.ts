import { STATUS_CODES } from "node:http";
import type { Problem } from "../errors/problem.ts";
import { type Answer, type HeaderList, htmlAnswer, textAnswer } from "./answer.ts";
import { chooseType } from "./media-types.ts";

/** What an error page is told. `requestId` is there when the failure is ours and was logged under it. */
export interface ProblemPage {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId?: string;
}

/** Draws an error page; given by `web/`, so that this room knows no layout. Escaping is its duty. */
export type DrawProblemPage = (page: ProblemPage) => string;

/**
 * `site`: HTML, problem+json or text, as Accept asks. `upload`: what upload clients print, text or a JSON object with
 * `message`, `code` and `title`, never HTML.
 */
export type ProblemStyle = "site" | "upload";

export interface ProblemAnswerOptions {
  readonly accept: string | undefined;
  readonly style: ProblemStyle;
  readonly drawPage: DrawProblemPage;
}

/**
 * Says an expected failure in the representation asked for. Its message is the reason phrase as well, which is all that
 * twine prints; its own header fields (`WWW-Authenticate`, `Retry-After`) come along.
 */
export function problemAnswer(problem: Problem, options: ProblemAnswerOptions): Answer {
  const { status, code, message: detail } = problem;
  const title = STATUS_CODES[status] ?? "Error";
  const own = Object.entries(problem.headers).flat();
  const answer =
    options.style === "upload"
      ? uploadAnswer({ status, title, detail }, options.accept, own)
      : siteAnswer({ status, title, detail }, code, options, own);
  return { ...answer, reason: detail };
}

/** Says that we failed: nothing of the cause, only the identifier under which it was logged. */
export function failureAnswer(requestId: string, options: ProblemAnswerOptions): Answer {
  const detail = `Something went wrong on our side. Please name request ${requestId} when you report it.`;
  const page: ProblemPage = { status: 500, title: "Internal Server Error", detail, requestId };
  const answer =
    options.style === "upload"
      ? uploadAnswer(page, options.accept, [])
      : siteAnswer(page, "internal_error", options, []);
  return { ...answer, reason: detail };
}

const siteOffers = ["text/html", "application/problem+json", "application/json", "text/plain"] as const;

function siteAnswer(page: ProblemPage, code: string, options: ProblemAnswerOptions, own: HeaderList): Answer {
  const { status, title, detail } = page;
  const headers = ["Vary", "Accept", ...own];
  // A program that does not say what it reads gets text; only a browser asks for HTML.
  switch (options.accept === undefined ? "text/plain" : chooseType(options.accept, siteOffers)) {
    case "text/html":
      return htmlAnswer(status, options.drawPage(page), headers);
    case "application/problem+json":
    case "application/json": {
      // RFC 9457; `code` is our own stable member.
      const body = Buffer.from(JSON.stringify({ type: "about:blank", title, status, detail, code }));
      return { status, headers: ["Content-Type", "application/problem+json", ...headers], body };
    }
    default:
      return textAnswer(status, detail, headers);
  }
}

const uploadOffers = ["text/plain", "application/json"] as const;

function uploadAnswer({ status, title, detail }: ProblemPage, accept: string | undefined, own: HeaderList): Answer {
  if (chooseType(accept, uploadOffers) !== "application/json") return textAnswer(status, detail, own);
  // uv prints `code`, so the message stands there too.
  const body = Buffer.from(JSON.stringify({ message: detail, code: `${status} ${detail}`, title }));
  return { status, headers: ["Content-Type", "application/json; charset=UTF-8", ...own], body };
}
