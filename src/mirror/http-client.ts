import type { Clock } from "../platform/clock/clock.ts";
import { discardBody } from "../platform/fetch/discard-body.ts";
import { showUrl } from "../platform/fetch/fetch-failed.ts";
import type { Resolve } from "../platform/fetch/guard-addresses.ts";
import { createHttpClient, type HttpLimits, type HttpResponse, type Proxies } from "../platform/fetch/http-client.ts";
import { readBody } from "../platform/fetch/read-body.ts";
import type { Log } from "../platform/log/log.ts";
import { asTrouble, statusTrouble } from "./answer-trouble.ts";
import { type BelievedPage, type PageContext, parseSerial } from "./believe-page.ts";
import { UpstreamTrouble } from "./errors.ts";
import { createFileRequests } from "./http-files.ts";
import { parseHtmlPage } from "./parse-html-page.ts";
import { parseJson, parseJsonPage } from "./parse-json-page.ts";
import { parseReleaseJson } from "./parse-release-json.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import { readUpstreamUrl } from "./upstream-root.ts";

export interface UpstreamClientOptions {
  /** Of the upstream's simple index. A user name and password in it go to its own origin alone. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  readonly limits?: Partial<UpstreamLimits> | undefined;
  readonly ca?: string | undefined;
  readonly proxies?: Proxies | undefined;
  /** Looks up the names of hosts; the system does unless told. */
  readonly resolve?: Resolve | undefined;
}

export interface UpstreamLimits extends HttpLimits {
  /** For a page or a small file whole, in milliseconds. */
  readonly totalMs: number;
  /** Bytes of a page, decompressed. */
  readonly pageBytes: number;
}

const TOTAL_MS = 60_000;
const PAGE_BYTES = 64 * 1024 * 1024;
/** To a host of files: as many as files come at once, and some for small files, which do not wait for those. */
const FILE_CONNECTIONS = 24;

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
const HTML_TYPES = new Set(["application/vnd.pypi.simple.v1+html", "text/html"]);
const ACCEPT = `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`;

/** An upstream behind its simple index (PEP 503, 691), with its JSON API where it has one. */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { clock, log, userAgent, limits = {}, ca, proxies, resolve } = options;
  const { totalMs = TOTAL_MS, pageBytes = PAGE_BYTES, ...httpLimits } = limits;
  const upstream = readUpstreamUrl(options.url);
  const http = (own: Partial<HttpLimits>) => {
    const all = { ...own, ...httpLimits };
    return createHttpClient({ userAgent, limits: all, ca, proxies, home: upstream.url.hostname, resolve });
  };
  // Pages have connections of their own: they do not wait behind long downloads.
  const pages = http({});
  const downloads = http({ connections: FILE_CONNECTIONS });
  const files = createFileRequests({ http: downloads, clock, totalMs, authorization: upstream.authorization });

  async function readPage(response: HttpResponse, context: PageContext): Promise<BelievedPage> {
    const type = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (type !== JSON_TYPE && !HTML_TYPES.has(type)) {
      discardBody(response.body);
      throw new UpstreamTrouble(
        "wrong-type",
        `${context.shown} is of type ${type.slice(0, 100) || "unknown"}, no page.`,
      );
    }
    const body = await readBody(response, pageBytes);
    const serial = parseSerial(response.headers["x-pypi-last-serial"]);
    return type === JSON_TYPE ? parseJsonPage(body, serial, context) : parseHtmlPage(body, serial, context);
  }

  return {
    getPage: (name, known) =>
      troubled(async () => {
        const response = await pages.get(new URL(`${name}/`, upstream.url), {
          headers: {
            accept: ACCEPT,
            "accept-encoding": "gzip",
            ...(known.etag !== null && { "if-none-match": known.etag }),
            ...(known.lastModified !== null && { "if-modified-since": known.lastModified }),
          },
          authorization: upstream.authorization,
          totalMs,
        });
        const { status, url, headers } = response;
        const shown = showUrl(url);
        if (status !== 200) discardBody(response.body);
        if (status === 304 && (known.etag ?? known.lastModified) !== null) return { kind: "unchanged" };
        if (status === 404 || status === 410) {
          if (upstream.isOwn(url)) return { kind: "absent" };
          throw new UpstreamTrouble("redirects", `The upstream redirects to ${shown}, which answered ${status}.`);
        }
        if (status !== 200) throw statusTrouble(response, clock);
        const { page, leftOut } = await readPage(response, { project: name, url, shown });
        if (leftOut.size > 0) {
          const reasons = Object.fromEntries(leftOut);
          const count = leftOut.values().reduce((sum, number) => sum + number, 0);
          log.warn({ project: name, reasons }, `left ${count} files out of what ${shown} lists for ${name}`);
        }
        const validators = { etag: sendable(headers["etag"]), lastModified: sendable(headers["last-modified"]) };
        return { kind: "page", page, validators };
      }),

    getReleaseMetadata: (name, version) =>
      troubled(async () => {
        if (upstream.jsonApi === undefined) return undefined;
        const response = await pages.get(new URL(`${name}/${encodeURIComponent(version)}/json`, upstream.jsonApi), {
          headers: { accept: "application/json", "accept-encoding": "gzip" },
          authorization: upstream.authorization,
          totalMs,
        });
        const { status, headers, url } = response;
        const isJson = /^application\/json\b/i.test(headers["content-type"] ?? "");
        if (status === 200 && isJson) {
          return parseReleaseJson(parseJson(await readBody(response, pageBytes), showUrl(url)), name, version);
        }
        discardBody(response.body);
        if (status === 429 || status >= 500) throw statusTrouble(response, clock);
        return undefined;
      }),

    openFile: (url) => troubled(() => files.open(url)),
    getSmallFile: (url, limit) => troubled(() => files.getSmall(url, limit)),
    readRange: (url, offset, length) => troubled(() => files.readRange(url, offset, length)),

    async close() {
      await Promise.all([pages.close(), downloads.close()]);
    },
  };
}

/** What can be sent back in a header one day, whatever was in it. */
function sendable(field: string | undefined): string | null {
  return field !== undefined && /^[ -~]{1,500}$/.test(field) ? field : null;
}

async function troubled<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw asTrouble(error);
  }
}
