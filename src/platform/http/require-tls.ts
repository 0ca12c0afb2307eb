import type { IncomingMessage } from "node:http";
import type { Log } from "../log/log.ts";
import { type Answer, redirectAnswer } from "./answer.ts";
import { corsHeaders } from "./cors.ts";
import { pathOf } from "./error-answers.ts";
import { TlsRequired } from "./errors.ts";
import { type Forwarded, isLoopback } from "./forwarded.ts";

export interface RequireTlsDeps {
  readonly log: Log;
  readonly forwarded: Forwarded;
  /** Where everyone reaches us; nothing is required unless it is https. */
  readonly publicUrl: URL;
}

/** Nothing but the machine itself and those who ask for its health may talk plain http to a server whose public address is https. */
export function createRequireTls({ log, forwarded, publicUrl }: RequireTlsDeps) {
  if (publicUrl.protocol !== "https:") return () => undefined;
  const warned = new Set<string>();
  const base = publicUrl.pathname.replace(/\/$/, "");

  return (request: IncomingMessage): Answer | undefined => {
    if (forwarded.isSecure(request) || isLoopback(forwarded.clientAddress(request))) return undefined;
    const url = request.url ?? "/";
    const path = pathOf(url);
    if (path.endsWith("/_health/")) return undefined;
    warnOfProxy(request);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead || isApi(path.slice(path.startsWith(`${base}/`) ? base.length : 0), url)) return refusal;
    const target = url.startsWith(`${base}/`) ? url : `${base}${url}`;
    return redirectAnswer(301, publicUrl.origin + target.replaceAll("\\", "%5C"));
  };

  /** A proxy that says `https` and is not believed is nearly always a setting that was forgotten. Once per address. */
  function warnOfProxy(request: IncomingMessage): void {
    const proxy = request.socket.remoteAddress ?? "unknown";
    if (request.headers["x-forwarded-proto"] === undefined || forwarded.isFromTrustedProxy(request)) return;
    if (warned.has(proxy) || warned.size >= 100) return;
    warned.add(proxy);
    log.warn(
      { proxy },
      `${proxy} sends X-Forwarded-Proto but is not trusted: if it is your proxy, add --trusted-proxy ${proxy}`,
    );
  }
}

const problem = new TlsRequired();
const refusal: Answer = {
  status: problem.status,
  reason: problem.message,
  headers: ["Content-Type", "text/plain; charset=UTF-8", ...corsHeaders],
  body: Buffer.from("SSL is required."),
};

/** What programs ask for: a redirect would let a token travel in the clear every time, unnoticed. */
const apiPath = /^(?:\/i\/[^/]+)?\/(?:(?:simple|packages|legacy|integrity|rss|api)(?:\/|$)|pypi\/.+\/json\/?$)/;

function isApi(path: string, url: string): boolean {
  return apiPath.test(path) || /[?&](?::|%3a)action=/i.test(url);
}
