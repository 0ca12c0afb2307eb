import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { FetchFailed, fetchFailed, showUrl } from "./fetch-failed.ts";
import type { HttpResponse } from "./http-client.ts";

const inflate = promisify(gunzip);

/** A body whole, decompressed: at most `limit` bytes before and after. Throws FetchFailed. */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer> {
  const { headers, url, body } = response;
  const coding = (headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const isZipped = coding === "gzip" || coding === "x-gzip";
  try {
    if (!isZipped && coding !== "identity" && coding !== "") {
      throw new FetchFailed("malformed", `${showUrl(url)} answered in a coding that was not asked for.`);
    }
    const sent = await collect(response, limit);
    return isZipped ? await unzip(sent, url, limit) : sent;
  } finally {
    body.destroy();
  }
}

async function collect({ headers, url, body }: HttpResponse, limit: number): Promise<Buffer> {
  const tooLarge = () => new FetchFailed("too-large", `${showUrl(url)} answered with more than ${limit} bytes.`);
  if (Number(headers["content-length"]) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw fetchFailed(error, url, true);
  }
  return Buffer.concat(chunks, length);
}

async function unzip(sent: Buffer, url: URL, limit: number): Promise<Buffer> {
  try {
    return await inflate(sent, { maxOutputLength: limit });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new FetchFailed(
        "too-large",
        `${showUrl(url)} answered with more than ${limit} bytes, decompressed.`,
        error,
      );
    }
    if (code === "Z_BUF_ERROR") throw new FetchFailed("truncated", `${showUrl(url)} broke off.`, error);
    throw new FetchFailed("malformed", `${showUrl(url)} answered with something that cannot be decompressed.`, error);
  }
}
