import type { Clock } from "../platform/clock/clock.ts";
import { discardBody } from "../platform/fetch/discard-body.ts";
import { showUrl } from "../platform/fetch/fetch-failed.ts";
import type { GetOptions, HttpClient, HttpResponse } from "../platform/fetch/http-client.ts";
import { readBody } from "../platform/fetch/read-body.ts";
import { type BodyStream, streamBody } from "../platform/fetch/stream-body.ts";
import { asTrouble, statusTrouble } from "./answer-trouble.ts";
import { FileGone, UpstreamTrouble } from "./errors.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface FileRequestsOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** For a small file whole, or a range. */
  readonly totalMs: number;
  readonly authorization: GetOptions["authorization"];
}

/** Requests for the bytes of files, wherever the upstream has them. They throw FetchFailed, UpstreamTrouble, FileGone. */
export function createFileRequests({ http, clock, totalMs, authorization }: FileRequestsOptions) {
  /** Digests are of the bytes as they lie there: no coding is asked for. */
  const ask = async (url: string, expected: readonly number[], options: GetOptions): Promise<HttpResponse> => {
    const headers = { accept: "*/*", "accept-encoding": "identity", ...options.headers };
    const response = await http.get(url, { ...options, headers, authorization });
    const fault = faultOf(response, expected, new URL(url), clock);
    if (fault === undefined) return response;
    discardBody(response.body);
    throw fault;
  };

  return {
    open: async (url: string): ReturnType<UpstreamClient["openFile"]> => {
      const response = await ask(url, [200], {});
      return { size: wholeNumber(response.headers["content-length"]), body: withTroubles(streamBody(response, clock)) };
    },

    getSmall: async (url: string, limit: number): Promise<Buffer> =>
      readBody(await ask(url, [200], { totalMs }), limit),

    readRange: async (url: string, offset: number, length: number): ReturnType<UpstreamClient["readRange"]> => {
      const range = `bytes=${offset}-${offset + length - 1}`;
      const response = await ask(url, [200, 206, 416], { headers: { range }, totalMs });
      const { status, headers } = response;
      const [, first, last, whole] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
      const size = wholeNumber(whole);
      if (status === 200 || size === null || headers["content-encoding"] !== undefined) {
        // The whole file is coming, and it may be large.
        response.body.destroy();
        return undefined;
      }
      if (status === 416) {
        discardBody(response.body);
        return offset >= size ? { bytes: Buffer.alloc(0), size } : undefined;
      }
      const bytes = await readBody(response, length);
      if (Number(first) !== offset || Number(last) - offset + 1 !== bytes.length) {
        throw new UpstreamTrouble("invalid", `${showUrl(response.url)} sent another range than was asked for.`);
      }
      return { bytes, size };
    },
  };
}

/** What is wrong with the head of an answer about a file; undefined where nothing is. */
function faultOf(response: HttpResponse, expected: readonly number[], asked: URL, clock: Clock): Error | undefined {
  const { status, headers, url } = response;
  if (status === 404 || status === 410) {
    if (url.origin === asked.origin) return new FileGone(`${showUrl(url)} answered ${status}.`);
    return new UpstreamTrouble(
      "redirects",
      `${showUrl(asked)} redirects to ${showUrl(url)}, which answered ${status}.`,
    );
  }
  if (!expected.includes(status)) return statusTrouble(response, clock);
  // No distribution is a web page; a captive portal is one.
  if (status === 200 && /^text\/html\b/i.test(headers["content-type"] ?? "")) {
    return new UpstreamTrouble("wrong-type", `${showUrl(url)} is a web page, no file.`);
  }
  return undefined;
}

function withTroubles(body: BodyStream): BodyStream {
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      yield* body;
    } catch (error) {
      throw asTrouble(error);
    }
  }
  return { [Symbol.asyncIterator]: chunks, destroy: body.destroy };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
