// What an installer asks a server for and what it gets, written down as files that nginx sends in the same way.
import { mkdir, writeFile } from "node:fs/promises";
import http, { type IncomingHttpHeaders } from "node:http";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { freePort } from "../processes.ts";

/** Pages lie at `simple/NAME.page`, compressed ones beside them with `.gz`. */
export interface Recording {
  readonly simple: string;
  /** How many were asked for. */
  pages(): number;
  files(): number;
  stop(): Promise<void>;
}

/** Passes on to the server at `origin` and keeps every answer below `root`. */
export async function startRecording(origin: string, root: string): Promise<Recording> {
  const port = await freePort();
  const paths = new Set<string>();
  const server = http.createServer((request, response) => {
    const path = request.url ?? "/";
    answer(path, request.headers).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });

  async function answer(path: string, { host: _host, range: _range, connection: _connection, ...headers }: Headers) {
    // Of codings only the one that nginx can send from a file.
    const asked = await get(new URL(path, origin), { ...headers, "accept-encoding": "gzip" });
    if (asked.status === 200) {
      paths.add(path);
      await keep(root, path, asked);
    }
    return asked;
  }

  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    simple: `http://127.0.0.1:${port}/simple/`,
    pages: () => [...paths].filter((path) => path.endsWith("/")).length,
    files: () => [...paths].filter((path) => !path.endsWith("/")).length,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Headers = IncomingHttpHeaders;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

function get(url: URL, headers: Headers): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers }, (response) => {
        const { statusCode = 500, headers: received } = response;
        buffer(response).then((body) => resolve({ status: statusCode, headers: received, body }), reject);
      })
      .on("error", reject);
  });
}

async function keep(root: string, path: string, { headers, body }: Answer): Promise<void> {
  const isCompressed = headers["content-encoding"] === "gzip";
  const file = join(root, decodeURIComponent(path).replace(/\/$/, ".page"));
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  if (isCompressed) await writeFile(`${file}.gz`, body);
  await writeFile(file, isCompressed ? gunzipSync(body) : body);
}
