import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { Problem } from "../platform/errors/problem.ts";
import { drained } from "../platform/http/drained.ts";
import type { Log } from "../platform/log/log.ts";
import type { LocalFetcher } from "./create-fetcher.ts";
import { FileGone } from "./errors.ts";
import { type Opened, type Path, type Questions, questions, writeFailure } from "./fetcher-protocol.ts";
import type { GrowingFile } from "./growing-file.ts";

export interface FetcherServer {
  /** Takes no more questions, and ends when those it has are answered or nobody waits for them any more. The socket is gone then. */
  close(): Promise<void>;
}

/**
 * Answers for a fetcher on a socket at `path`, which only this user's processes may open. Lies in a folder that is theirs alone;
 * what a killed process left there is replaced.
 */
export async function listenFetcher(fetcher: LocalFetcher, path: string, log: Log): Promise<FetcherServer> {
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return void response.destroy();
      if (!(error instanceof Problem) && !(error instanceof FileGone)) {
        log.error({ err: error, path: request.url }, `the fetcher failed at ${request.url}`);
      }
      response.writeHead(500).end(writeFailure(error));
    });
  });

  const answers: { readonly [P in Path]: (asked: Questions[P], response: ServerResponse) => Promise<unknown> } = {
    "/refresh-project": async ({ source, name }) => {
      await fetcher.refreshProject(source, name);
      return true;
    },
    "/fetch-release-metadata": ({ source, name, version }) => fetcher.fetchReleaseMetadata(source, name, version),
    "/fetch-metadata-sibling": ({ source, file }) => fetcher.fetchMetadataSibling(source, file),
    "/states": () => fetcher.states(),
    "/open-file": async ({ source, file }, response) => tellGrowth(await fetcher.openFile(source, file), response),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (!isPath(path)) return void response.writeHead(404).end();
    const said = await ask(path, JSON.parse(await text(request)), response);
    if (!response.headersSent) response.end(JSON.stringify(said));
  }

  async function ask<P extends Path>(path: P, body: unknown, response: ServerResponse): Promise<unknown> {
    return answers[path](questions[path].parse(body) as Questions[P], response);
  }

  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

/** Milliseconds: of a fast download many steps make one line, or everyone who waits would wake up for each 64 KiB. */
const BETWEEN_LINES = 5;

/** A line at once, and one whenever more can be read, as fast as they are taken. Ends with the growth, or when nobody listens. */
async function tellGrowth(file: GrowingFile, response: ServerResponse): Promise<void> {
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  let seen = file.growth;
  let isTaken = response.write(line({ path: file.path ?? null, size: file.size, growth: seen } satisfies Opened));
  while (seen.kind === "grown" && !response.destroyed) {
    if (!isTaken) await drained(response);
    await Promise.race([file.changed(seen), gone]);
    await setTimeout(BETWEEN_LINES);
    seen = file.growth;
    isTaken = response.write(line(seen));
  }
  response.end();
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const isPath = (path: string): path is Path => Object.hasOwn(questions, path);
