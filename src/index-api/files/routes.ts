import { parseFileAddress, type ServeFiles } from "../../files/index.ts";
import { type IndexParams, indexPrefixes, type ReadGate, refusalHeaders } from "../../indexes/index.ts";
import { textAnswer } from "../../platform/http/answer.ts";
import type { Http } from "../../platform/http/create-app.ts";
import { pathOf } from "../../platform/http/error-answers.ts";
import { route } from "../../platform/http/route.ts";

export interface FileDeps {
  readonly serveFiles: ServeFiles;
  readonly gate: ReadGate;
}

/** Methods that reach a file's address; only GET and HEAD are answered with bytes, the others with 204 or 405. */
const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/** Distributions and their metadata at addresses that derive from the digest of the bytes. */
export function fileRoutes(http: Http, { serveFiles, gate }: FileDeps): void {
  for (const prefix of indexPrefixes) {
    http.route<{ Params: IndexParams }>({
      method: methods,
      url: `${prefix}/packages/*`,
      exposeHeadRoute: false,
      handler: route<{ Params: IndexParams }>(async (request) => {
        const index = await gate(request.raw, request.params.index ?? "main");
        const path = pathOf(request.raw.url ?? "/").replace(/^\/i\/[^/]+/, "");
        const address = parseFileAddress(path);
        if (address === undefined) return textAnswer(404, "404 Not Found", refusalHeaders(index));
        return serveFiles.answer(request.raw, index, address);
      }),
    });
  }
}
