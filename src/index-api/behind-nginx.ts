import type { IncomingMessage } from "node:http";
import { relative, sep } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Documents } from "../documents/index.ts";
import { parseFileAddress } from "../files/index.ts";
import type { Index, KnownIndexes } from "../indexes/index.ts";
import type { Answer, FileSlice } from "../platform/http/answer.ts";
import { chooseSimpleType } from "../platform/http/negotiate.ts";
import type { SendAnswer } from "../platform/http/send-answer.ts";
import type { Shelf } from "../platform/shelf/shelf.ts";
import { projectKey } from "./simple/routes.ts";

export interface BehindNginxDeps {
  readonly indexes: Pick<KnownIndexes, "findNow">;
  readonly documents: Pick<Documents, "find">;
  readonly shelf: Shelf;
  /** Where a file with these bytes is, or would be; undefined for a store without files. */
  readonly stored: (blake2b: string) => string | undefined;
  /** The folder that nginx knows as `STORED_LOCATION`. */
  readonly storeFolder: string;
  readonly sendAnswer: SendAnswer;
}

/** What our nginx adds to a request. It means something only with `--nginx`; a client that says it misleads nobody but itself. */
export const FRONT_HEADER = "x-cheeseshop-front";
/** The place of stored bytes in our nginx, which only we can send a request to. */
export const STORED_LOCATION = "/cheeseshop-stored/";

const PATH = /^(\/(?:i\/([a-z0-9-]+)\/)?)(simple|packages)\/([^?]*)$/;
const NORMALIZED = /^([a-z0-9]+(?:-[a-z0-9]+)*)\/$/;

/** What nginx serves by itself, with the extension that its files have on the shelf. */
export const shelvedPages = {
  "text/html": "html",
  "application/vnd.pypi.simple.v1+json": "json",
} as const;

/**
 * Sends answers through nginx: what it asked for because it did not have it is put on the shelf, where nginx finds it the next
 * time, and large files of a private index are left to nginx to send. Only what a hosted index says belongs on the shelf:
 * what an upstream says may change without anyone telling.
 */
export function createBehindNginx(deps: BehindNginxDeps): SendAnswer {
  const { indexes, documents, shelf, stored, storeFolder, sendAnswer } = deps;

  function shelve(request: IncomingMessage, answer: Answer): void {
    const { method, url = "", headers } = request;
    if (method !== "GET" || (answer.status !== 200 && answer.status !== 206)) return;
    // nginx passes these on whatever it has.
    if (headers["if-none-match"] !== undefined || headers["if-modified-since"] !== undefined) return;
    const [, root = "", name = "main", what, rest = ""] = PATH.exec(url) ?? [];
    const index = what === undefined ? undefined : indexes.findNow(name);
    if (index === undefined || index.isPrivate || index.sources.some(({ kind }) => kind !== "hosted")) return;
    if (what === "simple") shelvePage(index, rest, request);
    else shelveFile(root, `/packages/${rest}`, answer);
  }

  /** From what is in memory now, which may be newer than what has just been sent. */
  function shelvePage(index: Index, rest: string, { headers }: IncomingMessage): void {
    const project = NORMALIZED.exec(rest)?.[1];
    const type = chooseSimpleType(headers.accept, "");
    if (project === undefined || type === "application/vnd.pypi.simple.v1+html") return;
    const document = documents.find(projectKey(index, project, type));
    if (document === undefined) return;
    const { identity, gzip, freshUntil } = document;
    // What ends by itself is nobody's change: nobody would take it away.
    if (Number.isFinite(freshUntil)) return;
    const serial = Number(fieldOf(identity.full, "X-PyPI-Last-Serial"));
    const variants = { identity: bytesOf(identity.full), gzip: gzip && bytesOf(gzip.full) };
    shelf.putPage(project, `${index.name}.${shelvedPages[type]}`, variants, serial);
  }

  function shelveFile(root: string, path: string, answer: Answer): void {
    const address = parseFileAddress(path);
    if (address === undefined) return;
    const { blake2b, filename } = address;
    const place = `${root}packages/${blake2b.slice(0, 2)}/${blake2b.slice(2, 4)}/${blake2b.slice(4)}/${filename}`;
    if (filename.endsWith(".metadata")) {
      if (answer.status !== 200) return;
      const modified = Temporal.Instant.fromEpochMilliseconds(Date.parse(fieldOf(answer, "Last-Modified")));
      shelf.copy(place, bothVariants(answer), modified);
      return;
    }
    const file = stored(blake2b);
    if (file !== undefined) shelf.link(place, file);
  }

  /** The bytes of a private index: who may have them was decided here, nginx sends them, whole or the range that it was asked for. */
  function handOver(request: IncomingMessage, answer: Answer): Answer {
    const { body, status, headers } = answer;
    if (request.method !== "GET" || (status !== 200 && status !== 206)) return answer;
    if (!isSlice(body) || !body.path.startsWith(storeFolder + sep)) return answer;
    if (!fieldOf(answer, "Cache-Control").startsWith("private")) return answer;
    const path = relative(storeFolder, body.path).split(sep).map(encodeURIComponent).join("/");
    const kept = headers.filter((_, at) => !OF_THE_SENDER.includes(headers[at - (at % 2)] ?? ""));
    return { status: 200, headers: [...kept, "X-Accel-Redirect", STORED_LOCATION + path], body: Buffer.alloc(0) };
  }

  return (request, response, answer) => {
    if (request.headers[FRONT_HEADER] === undefined) return sendAnswer(request, response, answer);
    // First, so that whoever asks again when this has been answered does not come to us.
    shelve(request, answer);
    sendAnswer(request, response, handOver(request, answer));
  };
}

/** What nginx says for itself about bytes that it sends. */
const OF_THE_SENDER: readonly string[] = ["Accept-Ranges", "Content-Range"];

const isSlice = (body: Answer["body"]): body is FileSlice => body !== null && "path" in body;

/** Empty when there is no such field. */
function fieldOf({ headers }: Answer, name: string): string {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name);
  return at < 0 ? "" : (headers[at + 1] ?? "");
}

function bytesOf({ body }: Answer): Buffer {
  if (!Buffer.isBuffer(body)) throw new Error("a document's body is in memory");
  return body;
}

/** Of an answer in one of the codings, both. */
function bothVariants(answer: Answer) {
  const body = bytesOf(answer);
  if (fieldOf(answer, "Content-Encoding") === "gzip") return { identity: gunzipSync(body), gzip: body };
  const gzip = gzipSync(body);
  return { identity: body, gzip: gzip.length < body.length ? gzip : undefined };
}
