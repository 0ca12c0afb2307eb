import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import type { Http } from "./create-app.ts";
import type { AnswerError } from "./error-answers.ts";
import type { SendAnswer } from "./send-answer.ts";

/** What a server calls for each request, and what tests inject into. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenerDeps {
  /** Answers or throws a Problem when the request may go no further (`createAdmit`). May rewrite `request.url`. */
  readonly admit: (request: IncomingMessage) => Answer | undefined;
  /** Documents and files that are in memory; undefined sends the request to its route. No waiting in here. */
  readonly hot: (request: IncomingMessage) => Answer | undefined;
  /** Already `ready()`. */
  readonly app: Http;
  readonly sendAnswer: SendAnswer;
  readonly answerError: AnswerError;
}

/** admit → hot → routes. */
export function createListener({ admit, hot, app, sendAnswer, answerError }: ListenerDeps): Listener {
  return (request, response) => {
    try {
      const answer = admit(request) ?? hot(request);
      if (answer === undefined) app.routing(request, response);
      else sendAnswer(request, response, answer);
    } catch (error) {
      sendAnswer(request, response, answerError(error, request));
    }
  };
}
