import type { IncomingMessage } from "node:http";
import type { Index, KnownIndexes } from "../indexes/index.ts";
import type { Fetcher } from "../mirror/index.ts";
import { htmlAnswer, jsonAnswer } from "../platform/http/answer.ts";
import type { Http } from "../platform/http/create-app.ts";
import { chooseType } from "../platform/http/media-types.ts";
import { route } from "../platform/http/route.ts";
import { type Frame, renderPage } from "../web/index.ts";
import { type Status, StatusPage } from "./status-page.tsx";

export interface StatusDeps {
  readonly frame: Frame;
  /** What is wrong with reading, or with uploading; undefined when nothing is. */
  readonly findTrouble: (forUpload: boolean) => Promise<string | undefined>;
  readonly indexes: Pick<KnownIndexes, "list">;
  readonly fetcher: Pick<Fetcher, "states">;
  /** Whether whoever asks may read an index; false also when that cannot be told now. */
  readonly mayRead: (index: Index, authorization: string | undefined) => Promise<boolean>;
  /** Resolves after some milliseconds; absent: the clock of the process. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

/** How long the database, and the process that talks to upstreams, may take to say how they do, in milliseconds. */
const PATIENCE = 1000;

/**
 * `/status/`: a page for people, JSON for programs. It answers whatever is broken, and shows of private indexes only what the visitor
 * may read anyway.
 */
export function statusRoutes(http: Http, deps: StatusDeps): void {
  http.get(
    "/status/",
    route(async ({ raw }) => {
      const status = await readStatus(deps, raw);
      const headers = ["Cache-Control", "no-store", "Vary", "Accept, Authorization"];
      return chooseType(raw.headers.accept, ["text/html", "application/json"]) === "application/json"
        ? jsonAnswer(200, statusJson(status), headers)
        : htmlAnswer(200, renderPage(StatusPage({ frame: deps.frame, status })), headers);
    }),
  );
}

async function readStatus(deps: StatusDeps, { headers }: Pick<IncomingMessage, "headers">): Promise<Status> {
  const wait = deps.wait ?? waitFor;
  const trouble = async (forUpload: boolean) => {
    const found = await inTime(
      deps.findTrouble(forUpload).then((sentence) => ({ sentence })),
      wait,
    );
    return found === undefined ? "the database does not answer" : found.sentence;
  };
  const [readingTrouble, uploadTrouble, indexes] = await Promise.all([
    trouble(false),
    trouble(true),
    inTime(deps.indexes.list(), wait),
  ]);
  const isShown = await Promise.all((indexes ?? []).map((index) => deps.mayRead(index, headers.authorization)));
  const shown = indexes?.filter((_, at) => isShown[at]);
  const hasMirrors = shown?.some(({ kind }) => kind === "mirror") ?? false;
  const states = hasMirrors ? await inTime(deps.fetcher.states(), wait) : [];
  return {
    version: deps.frame.version,
    readingTrouble,
    uploadTrouble,
    indexes: shown,
    upstreams: shown && states?.filter(({ index }) => shown.some(({ name }) => name === index)),
  };
}

/** Undefined when it fails or takes too long. */
async function inTime<Value>(
  value: Promise<Value>,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Value | undefined> {
  return Promise.race([value.catch(() => undefined), wait(PATIENCE).then(() => undefined)]);
}

const waitFor = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

function statusJson({ version, readingTrouble, uploadTrouble, indexes, upstreams }: Status) {
  return {
    version,
    reading: judged(readingTrouble),
    uploads: judged(uploadTrouble),
    indexes:
      indexes?.map(({ name, kind, isPrivate, sources }) => ({
        name,
        kind,
        private: isPrivate,
        sources: sources.map((source) => source.name),
      })) ?? null,
    upstreams:
      upstreams?.map((state) => ({
        index: state.index,
        url: state.url,
        breaker: state.breaker,
        last_success_at: timeOf(state.lastSuccessAt),
        last_failure_at: timeOf(state.lastFailureAt),
        last_failure: state.lastFailure,
        retry_at: timeOf(state.retryAt),
      })) ?? null,
  };
}

const timeOf = (instant: Temporal.Instant | null) => instant?.toString({ fractionalSecondDigits: 6 }) ?? null;
const judged = (trouble: string | undefined) => (trouble === undefined ? { works: true } : { works: false, trouble });
