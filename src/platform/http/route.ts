import type { FastifyReply, FastifyRequest, RouteGenericInterface } from "fastify";
import type { Answer } from "./answer.ts";

/**
 * Lets a route return an `Answer`: `http.get<Named>("/simple/:name/", route(async (request) => …))`. What it throws goes
 * to the one error handler.
 */
export function route<Route extends RouteGenericInterface = RouteGenericInterface>(
  handler: (request: FastifyRequest<Route>) => Answer | Promise<Answer>,
): (request: FastifyRequest<Route>, reply: Pick<FastifyReply, "sendAnswer">) => Promise<void> {
  return async (request, reply) => {
    reply.sendAnswer(await handler(request));
  };
}
