import type { IncomingMessage } from "node:http";
import { type Answer, type HeaderList, textAnswer, withHeaders } from "../platform/http/answer.ts";
import { conditional, httpDate, type Validators } from "../platform/http/conditional.ts";
import { ranged } from "../platform/http/range.ts";
import { fileFacts } from "./file-facts.ts";

/** Whether everyone may read and keep what is sent, or only who has shown an identity. */
export type Visibility = "public" | "private";

export type RequestHead = Pick<IncomingMessage, "method" | "headers">;

/** Bytes that answer at an address. */
export interface ServedFile {
  /** Of the bytes that are sent: for a metadata sibling its own; for a file of an upstream its address here. */
  readonly blake2b: string;
  /** As addressed, `.metadata` included. */
  readonly filename: string;
  /** Since when the index has had the file. */
  readonly listedAt: Temporal.Instant;
}

/** The answer to who has nothing and wants everything, made once per file and coding. */
export interface WholeFile {
  readonly answer: Answer;
  readonly validators: Validators;
}

export function isMetadata(filename: string): boolean {
  return filename.endsWith(".metadata");
}

const neverIndexed: HeaderList = ["X-Robots-Tag", "noindex"];

const cors: HeaderList = [
  "Access-Control-Allow-Origin",
  "*",
  "Access-Control-Allow-Methods",
  "GET, OPTIONS",
  "Access-Control-Allow-Headers",
  "Range",
  "Access-Control-Expose-Headers",
  "Content-Length, Content-Range, Accept-Ranges",
];

const common: Readonly<Record<Visibility, HeaderList>> = {
  public: [...cors, ...neverIndexed],
  private: neverIndexed,
};

const refusal: Readonly<Record<Visibility, HeaderList>> = {
  public: common.public,
  private: ["Cache-Control", "private, no-cache", "Vary", "Authorization", ...common.private],
};

/** The 200 for a file's bytes as they are. Its address names its content, so it may be kept for ever. */
export function wholeFile(
  file: ServedFile,
  visibility: Visibility,
  body: NonNullable<Answer["body"]>,
  coding?: "gzip",
): WholeFile {
  const hasCodings = isMetadata(file.filename);
  const validators = {
    etag: `"${file.blake2b}${coding === undefined ? "" : "-gz"}"`,
    lastModified: file.listedAt,
  };
  const vary = [...(hasCodings ? ["Accept-Encoding"] : []), ...(visibility === "private" ? ["Authorization"] : [])];
  const headers = [
    "Content-Type",
    contentType(file.filename),
    ...(coding === undefined ? [] : ["Content-Encoding", coding]),
    "Cache-Control",
    visibility === "public" ? "max-age=365000000, immutable, public" : "private, no-cache",
    ...(vary.length > 0 ? ["Vary", vary.join(", ")] : []),
    "ETag",
    validators.etag,
    "Last-Modified",
    httpDate(file.listedAt),
    ...(hasCodings ? [] : ["Accept-Ranges", "bytes"]),
    ...fileFacts(hasCodings ? file.filename.slice(0, -".metadata".length) : file.filename),
    ...common[visibility],
  ];
  return { answer: { status: 200, headers, body }, validators };
}

/** Never `Content-Encoding: gzip` for a `.tar.gz`: clients would unpack it and find another digest. */
function contentType(filename: string): string {
  if (isMetadata(filename)) return "text/plain; charset=utf-8";
  return /\.(?:tar\.gz|tgz)$/i.test(filename) ? "application/gzip" : "application/octet-stream";
}

/** The whole file, the part asked for (206, 416), or 304. For GET and HEAD. */
export function fileAnswer(request: RequestHead, { answer, validators }: WholeFile, visibility: Visibility): Answer {
  const fresh = conditional(request.headers, answer, validators);
  // A metadata sibling is small and has several codings: it comes whole.
  if (request.headers.range === undefined || !answer.headers.includes("Accept-Ranges")) return fresh;
  const part = ranged(request, fresh, validators);
  return part.status === 416 ? withHeaders(part, refusal[visibility]) : part;
}

/** What a file's address answers to a method that reads nothing, whatever is there; undefined for GET and HEAD. */
export function methodAnswer({ method, headers }: RequestHead, visibility: Visibility): Answer | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const isPreflight =
    method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
  if (isPreflight && visibility === "public") return preflight;
  return textAnswer(405, "Method not allowed.", ["Allow", "GET, HEAD, OPTIONS", ...refusal[visibility]]);
}

const preflight: Answer = {
  status: 204,
  headers: [
    "Access-Control-Allow-Origin",
    "*",
    "Access-Control-Allow-Methods",
    "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers",
    "Range, Accept-Encoding",
    "Access-Control-Max-Age",
    "86400",
    ...neverIndexed,
  ],
  body: null,
};

/** For an address under which this index never listed anything, or whose bytes are lost. */
export function noFileAnswer(visibility: Visibility): Answer {
  return textAnswer(404, "404 Not Found", refusal[visibility]);
}
