// Requests on connections of their own, so that it is chance which worker answers.
import { type IncomingHttpHeaders, request } from "node:http";
import type { Distribution } from "./distributions.ts";
import { basic, uploadRequest } from "./upload-request.ts";

export interface FreshAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface FreshRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Buffer;
}

/** Asks once on a new connection. Rejects when it breaks before the end of the answer, and after a minute. */
export function askFresh(url: string, { method = "GET", headers = {}, payload }: FreshRequest = {}) {
  return new Promise<FreshAnswer>((resolve, reject) => {
    const asked = request(url, { agent: false, method, headers, timeout: 60_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    asked.on("timeout", () => asked.destroy(new Error(`${method} ${url}: nothing came for a minute`)));
    asked.on("error", reject);
    asked.end(payload);
  });
}

/** Uploads as twine does, on a new connection. */
export function uploadFresh(server: { legacy: string; token: string }, file: Distribution): Promise<FreshAnswer> {
  return askFresh(server.legacy, uploadRequest(file, { authorization: basic("__token__", server.token) }));
}
