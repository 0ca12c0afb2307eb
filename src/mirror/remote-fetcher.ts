import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { Source } from "../indexes/index.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import { errorCode } from "../platform/storage/errors.ts";
import { UpstreamUnavailable } from "./errors.ts";
import type { ColdFileAddress, Fetcher } from "./fetcher.ts";
import {
  type Path,
  parseFound,
  parseGrowth,
  parseOpened,
  parseStates,
  type Questions,
  readFailure,
} from "./fetcher-protocol.ts";
import { createGrowingFile, type GrowingFile } from "./growing-file.ts";

export interface RemoteFetcherDeps {
  /** Where the fetcher listens. */
  readonly socket: string;
  /** The store that it keeps bytes in. */
  readonly store: Pick<BlobStore, "open">;
  /** Milliseconds without a sign of life after which it is given up; longer than any upstream is waited for. */
  readonly patience?: number;
  /** Resolves after so many milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

const PATIENCE = 180_000;
/** One that died is back within two seconds, as a rule. */
const ATTEMPTS = 30;
const BETWEEN_ATTEMPTS = 100;
const NOBODY_THERE: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED"]);
/** Seconds after which to ask again when the fetcher is not there even then. */
const RESTARTING = 1;

/** The fetcher of this server, asked from another of its processes. Where it is not there, that is told within seconds. */
export function createRemoteFetcher(deps: RemoteFetcherDeps): Fetcher {
  const { socket, store, patience = PATIENCE, wait = setTimeout } = deps;
  const files = new Map<string, Promise<GrowingFile>>();
  const underWay = new Set<ClientRequest>();
  let isClosed = false;

  function connect(path: Path, question: string): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asked = request({ socketPath: socket, path, method: "POST", agent: false, timeout: patience }, resolve);
    underWay.add(asked);
    asked.on("timeout", () => asked.destroy(new Error("it says nothing")));
    asked.on("error", reject);
    asked.on("close", () => underWay.delete(asked));
    asked.end(question);
    return promise;
  }

  /** A fetcher that is being started, for the first time or after it died, is waited for. */
  async function reach(path: Path, question: string, what: string): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await connect(path, question);
      } catch (cause) {
        if (attempt >= ATTEMPTS || isClosed || !NOBODY_THERE.has(errorCode(cause) ?? "")) throw absent(what, cause);
        await wait(BETWEEN_ATTEMPTS);
      }
    }
  }

  /** Resolves with an answer that is no failure. */
  async function send<P extends Path>(path: P, question: Questions[P], what: string): Promise<IncomingMessage> {
    const response = await reach(path, JSON.stringify(question), what);
    if (response.statusCode === 200) return response;
    throw readFailure(await textOf(response, what));
  }

  async function ask<P extends Path>(path: P, question: Questions[P], what: string): Promise<string> {
    return textOf(await send(path, question, what), what);
  }

  async function openFile(source: Source, file: ColdFileAddress, forget: () => void): Promise<GrowingFile> {
    const { address, filename } = file;
    const question = { source: plain(source), file: { address, filename } };
    const lines = linesOf(await send("/open-file", question, filename));
    const first = await lines.next().catch((cause: unknown) => {
      throw absent(filename, cause);
    });
    if (first.done) throw absent(filename);
    const { path, size, growth } = parseOpened(first.value);
    const growing = createGrowingFile(store, path ?? undefined, size, growth);
    void follow(growing, lines).finally(forget);
    return growing;
  }

  return {
    async refreshProject(source, name) {
      await ask("/refresh-project", { source: plain(source), name }, `The project ${name}`);
    },
    fetchReleaseMetadata: async (source, name, version) =>
      parseFound(
        await ask(
          "/fetch-release-metadata",
          { source: plain(source), name, version },
          `The metadata of ${name} ${version}`,
        ),
      ),
    fetchMetadataSibling: async (source, { address, filename }) =>
      parseFound(
        await ask(
          "/fetch-metadata-sibling",
          { source: plain(source), file: { address, filename } },
          `${filename}.metadata`,
        ),
      ),
    /** Those of one process who wait for the same file listen together. */
    openFile(source, file) {
      const key = `${source.id}/${file.address}/${file.filename}`;
      const found = files.get(key);
      if (found !== undefined) return found;
      const forget = () => void (files.get(key) === opening && files.delete(key));
      const opening = openFile(source, file, forget);
      files.set(key, opening);
      opening.catch(forget);
      return opening;
    },
    states: async () => parseStates(await ask("/states", {}, "The state of upstreams")),
    async close() {
      isClosed = true;
      for (const asked of underWay) asked.destroy();
    },
  };
}

/** Tells a file how far it has grown, until it is whole; one whose growth nobody tells any more has failed. */
async function follow(growing: GrowingFile, lines: AsyncIterator<string>): Promise<void> {
  try {
    while (growing.growth.kind === "grown") {
      const next = await lines.next();
      if (next.done) break;
      growing.tell(parseGrowth(next.value));
    }
  } catch {
    // A connection that breaks is one more way of not telling.
  } finally {
    growing.tell({ kind: "failed", message: "The process that fetched the file has ended." });
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of response.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function textOf(response: IncomingMessage, what: string): Promise<string> {
  return text(response).catch((cause: unknown) => {
    throw absent(what, cause);
  });
}

function absent(what: string, cause?: unknown): UpstreamUnavailable {
  const error = new UpstreamUnavailable(what, "the process that asks upstreams is being started.", RESTARTING);
  error.cause = cause;
  return error;
}

/** Without what an index may carry besides. */
const plain = ({ id, name, kind }: Source): Source => ({ id, name, kind });
