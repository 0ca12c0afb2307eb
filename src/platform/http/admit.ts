import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { checkRequestLine } from "./check-request-line.ts";
import { createRequireTls, type RequireTlsDeps } from "./require-tls.ts";

/**
 * What every request passes before anything else looks at it: a request line and a host that make sense (else it throws
 * MalformedRequest), then https where it is required.
 */
export function createAdmit(deps: RequireTlsDeps): (request: IncomingMessage) => Answer | undefined {
  const requireTls = createRequireTls(deps);
  return (request) => {
    checkRequestLine(request);
    return requireTls(request);
  };
}
