import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { discardBody } from "./discard-body.ts";
import { brokeUnanswered, FetchFailed, fetchFailed, showUrl } from "./fetch-failed.ts";
import { createAddressGuard, type Resolve } from "./guard-addresses.ts";

export interface HttpClientOptions {
  /** Sent as `User-Agent`. */
  readonly userAgent: string;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Certificates in PEM that are trusted instead of the usual ones. */
  readonly ca?: string | undefined;
  readonly proxies?: Proxies | undefined;
  /**
   * The host that was chosen by whoever runs this server. Others are asked only at addresses out in the world, unless this one has an
   * address of a private network itself. Behind a proxy, which looks up names by itself, this holds for addresses in numbers.
   */
  readonly home?: string | undefined;
  /** Looks up names; the system does unless told. */
  readonly resolve?: Resolve | undefined;
}

/** Times in milliseconds. */
export interface HttpLimits {
  /** At the same time to one origin; more requests wait. */
  readonly connections: number;
  readonly connectMs: number;
  /** From the request until the head of its answer. */
  readonly headMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

const LIMITS: HttpLimits = { connections: 16, connectMs: 10_000, headMs: 20_000, idleMs: 30_000 };

/** Addresses of proxies, empty for none, and the hosts that are asked directly: `.example.org, localhost:8080`. */
export interface Proxies {
  readonly http: string;
  readonly https: string;
  readonly except: string;
}

export interface GetOptions {
  /** In lower case. Bodies come as they were sent: readBody undoes a coding that was asked for here. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A header that only this origin gets, however the request is redirected. */
  readonly authorization?: { readonly origin: string; readonly value: string } | undefined;
  /** For the whole answer, its body included, in milliseconds. */
  readonly totalMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** By name in lower case; of repeated ones the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from in the end. */
  readonly url: URL;
  /** To be read to its end, or destroyed. */
  readonly body: Dispatcher.ResponseData["body"];
}

export type HttpClient = ReturnType<typeof createHttpClient>;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;

/**
 * Asks other servers, with a limit on everything. Redirects are followed: at most five, never in a circle, never away from https.
 * Connections are kept and used again.
 */
export function createHttpClient({ userAgent, limits = {}, ca, proxies, home, resolve }: HttpClientOptions) {
  const { connections, connectMs, headMs, idleMs } = { ...LIMITS, ...limits };
  const tls = ca === undefined ? {} : { ca };
  const guard = home === undefined ? undefined : createAddressGuard(home, resolve);
  const agentOptions = {
    connections,
    headersTimeout: headMs,
    bodyTimeout: idleMs,
    connect: { timeout: connectMs, ...tls, ...(guard && { lookup: guard.lookUp }) },
    // One connection per request in flight: a broken one breaks one answer.
    allowH2: false,
  };
  const dispatcher = proxies
    ? new EnvHttpProxyAgent({
        ...agentOptions,
        httpProxy: proxies.http,
        httpsProxy: proxies.https,
        noProxy: proxies.except,
        requestTls: tls,
      })
    : new Agent(agentOptions);

  async function ask(url: URL, { headers, authorization }: GetOptions, signal: AbortSignal | undefined) {
    const request: Dispatcher.RequestOptions = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: "GET",
      headers: {
        "user-agent": userAgent,
        ...headers,
        ...(authorization?.origin === url.origin && { authorization: authorization.value }),
      },
      signal: signal ?? null,
    };
    try {
      await guard?.check(url);
      return await dispatcher.request(request).catch((error: unknown) => {
        if (!brokeUnanswered(error)) throw error;
        return dispatcher.request(request);
      });
    } catch (error) {
      throw fetchFailed(error, url, false);
    }
  }

  return {
    /** Throws FetchFailed; so does whoever reads the body. */
    async get(address: string | URL, options: GetOptions = {}): Promise<HttpResponse> {
      const signals = [
        options.signal,
        options.totalMs === undefined ? undefined : AbortSignal.timeout(options.totalMs),
      ];
      const given = signals.filter((signal) => signal !== undefined);
      const signal = given.length === 0 ? undefined : AbortSignal.any(given);
      const seen = new Set<string>();
      let url = httpUrl(String(address));
      for (;;) {
        seen.add(url.href);
        const { statusCode: status, headers, body } = await ask(url, options, signal);
        // Breaking off is told to who reads; nobody may be reading yet.
        body.on("error", () => {});
        if (!REDIRECTS.has(status)) return { status, headers: firstValues(headers), url, body };
        discardBody(body);
        url = nextUrl(url, firstValues(headers)["location"]);
        if (seen.has(url.href)) throw new FetchFailed("redirects", `${showUrl(url)} redirects in a circle.`);
        if (seen.size > MAX_REDIRECTS) throw new FetchFailed("redirects", `${showUrl(url)} redirects too often.`);
      }
    },
    /** Breaks off whatever is under way. */
    close(): Promise<void> {
      return dispatcher.destroy();
    },
  };
}

function httpUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new FetchFailed(
      "redirects",
      `${base ? `${showUrl(base)} redirects to` : "This is"} no http or https address.`,
    );
  }
  // What a user name in an address is good for is up to `authorization`.
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}

function nextUrl(from: URL, location: string | undefined): URL {
  if (location === undefined) throw new FetchFailed("redirects", `${showUrl(from)} redirects without saying where to.`);
  const to = httpUrl(location, from);
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw new FetchFailed("redirects", `${showUrl(from)} redirects away from https, to ${showUrl(to)}.`);
  }
  return to;
}

function firstValues(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) values[name] = first;
  }
  return values;
}
