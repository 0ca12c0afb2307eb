// The least that node:http can do: for each address of a list one body and one block of headers, sent as they are.
// Its parent sends the list, this process sends back its port.
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface BarePage {
  readonly path: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly file: string;
  /** Answers with 304 when this is asked for, by these headers. */
  readonly etag?: string | undefined;
  readonly notModifiedHeaders: readonly string[];
}

/** Larger bodies are read from the disk for every request, as anybody would. */
const IN_MEMORY = 4 * 1024 * 1024;

process.once("disconnect", () => process.exit(0));
process.once("message", async (list: readonly BarePage[]) => {
  const pages = new Map<string, BarePage & { readonly body: Buffer }>();
  for (const page of list) pages.set(page.path, { ...page, body: await readFile(page.file) });
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? "/");
    if (page === undefined) {
      response.writeHead(404).end();
    } else if (page.etag !== undefined && request.headers["if-none-match"] === page.etag) {
      response.writeHead(304, [...page.notModifiedHeaders]).end();
    } else {
      response.writeHead(page.status, [...page.headers]);
      if (page.body.length <= IN_MEMORY) response.end(page.body);
      else createReadStream(page.file).pipe(response);
    }
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
});
