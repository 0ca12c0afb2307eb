import type { IncomingMessage } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Answer, type HeaderList, redirectAnswer, withHeaders } from "./answer.ts";
import { type AnswerError, pathOf } from "./error-answers.ts";
import { MethodNotAllowed, PageNotFound } from "./errors.ts";
import { createMethodTable } from "./method-table.ts";
import type { SendAnswer } from "./send-answer.ts";

/** What rooms declare their routes on. */
export type Http = FastifyInstance;

declare module "fastify" {
  interface FastifyReply {
    /** Sends one of our answers past Fastify's own serializing. Used by `route`. */
    sendAnswer(answer: Answer): void;
  }
}

export interface CreateAppDeps {
  readonly sendAnswer: SendAnswer;
  readonly answerError: AnswerError;
  /** What answers carry that no route gives (404, 405, OPTIONS, a missing slash): CORS where there is any. Never rejects. */
  readonly unroutedHeaders: (request: IncomingMessage) => HeaderList | Promise<HeaderList>;
  /** What the public URL has before our own paths; redirects carry it. Empty unless told. */
  readonly basePath?: string;
}

/** Longer than any name, version or file name that could be stored; longer ones are 404. */
const longestParameter = 1024;

/**
 * A Fastify that only routes: no server of its own, no body parsing (`request.body` is the raw stream), no trust in
 * proxies (`admit` does that), no slash forgiven by the router. Await `ready()` before the listener gets requests.
 */
export function createApp({ sendAnswer, answerError, unroutedHeaders, basePath = "" }: CreateAppDeps): Http {
  const app = fastify({
    logger: false,
    exposeHeadRoutes: true,
    return503OnClosing: false,
    trustProxy: false,
    // This early, a reply has none of our decorations.
    frameworkErrors: (error, request, reply) => {
      reply.hijack();
      sendAnswer(request.raw, reply.raw, answerError(error, request.raw));
    },
    routerOptions: {
      maxParamLength: longestParameter,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      caseSensitive: true,
    },
  });
  const methods = createMethodTable();

  app.decorateReply("sendAnswer", function (this: FastifyReply, answer: Answer) {
    this.hijack();
    sendAnswer(this.request.raw, this.raw, answer);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.addHook("onRoute", ({ url, method }) => methods.add(url, [method].flat()));
  app.setErrorHandler(fail);
  app.setNotFoundHandler(async (request, reply) => {
    const headers = await unroutedHeaders(request.raw);
    reply.sendAnswer(withHeaders(unroutedAnswer(request), headers));
  });
  return app;

  function fail(
    error: unknown,
    request: { readonly raw: FastifyRequest["raw"] },
    reply: Pick<FastifyReply, "sendAnswer">,
  ) {
    reply.sendAnswer(answerError(error, request.raw));
  }

  function unroutedAnswer(request: FastifyRequest): Answer {
    try {
      return unrouted(request);
    } catch (error) {
      return answerError(error, request.raw);
    }
  }

  function unrouted(request: FastifyRequest): Answer {
    const url = request.raw.url ?? "/";
    const path = pathOf(url);
    const declared = methods.find(path);
    if (declared === undefined) {
      const withSlash = methods.find(`${path}/`);
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (!isRead || !withSlash?.includes("GET") || path.startsWith("//")) throw new PageNotFound();
      return redirectAnswer(301, `${basePath}${path}/${url.slice(path.length)}`);
    }
    if (request.method !== "OPTIONS" || !declared.includes("OPTIONS")) throw new MethodNotAllowed(declared);
    return { status: 204, headers: ["Allow", declared.join(", ")], body: null };
  }
}
