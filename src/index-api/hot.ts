import type { IncomingMessage } from "node:http";
import { type Documents, documentAnswer } from "../documents/index.ts";
import { parseFileAddress, type ServeFiles } from "../files/index.ts";
import type { Index, KnownIndexes } from "../indexes/index.ts";
import { normalizeName } from "../packaging-standards/index.ts";
import type { Answer } from "../platform/http/answer.ts";
import { chooseSimpleType } from "../platform/http/negotiate.ts";
import { queryOf } from "../platform/http/query-of.ts";
import { jsonKey } from "./json/routes.ts";
import { projectKey, rootKey } from "./simple/routes.ts";

export interface HotDeps {
  readonly indexes: Pick<KnownIndexes, "findNow">;
  readonly documents: Pick<Documents, "find">;
  readonly serveFiles: Pick<ServeFiles, "answerNow">;
}

const PATH = /^(?:\/i\/([a-z0-9-]+))?\/(simple|pypi|packages)\/([^?]*)/;
const NORMALIZED = /^([a-z0-9]+(?:-[a-z0-9]+)*)\/$/;
const JSON_PATH = /^([A-Za-z0-9._-]+)\/(?:([^/%]+)\/)?json$/;

/**
 * What nearly every request asks for, answered from memory before any route is looked for: pages and files of public indexes
 * that are known already. Undefined for anything else; the routes answer the same, byte for byte, only later.
 */
export function createHot({
  indexes,
  documents,
  serveFiles,
}: HotDeps): (request: IncomingMessage) => Answer | undefined {
  return (request) => {
    const { method, url = "" } = request;
    if (method !== "GET" && method !== "HEAD") return undefined;
    const match = PATH.exec(url);
    if (match === null) return undefined;
    const [, name = "main", kind, rest = ""] = match;
    const index = indexes.findNow(name);
    // Who may read a private index is a question that can take a while.
    if (index === undefined || index.isPrivate) return undefined;
    if (kind === "packages") {
      const address = parseFileAddress(`/packages/${rest}`);
      return address && serveFiles.answerNow(request, index, address);
    }
    const key = kind === "simple" ? simplePageKey(index, rest, request) : jsonPageKey(index, rest);
    const document = key === undefined ? undefined : documents.find(key);
    return document && documentAnswer(document, request);
  };
}

function simplePageKey(index: Index, rest: string, request: IncomingMessage): string | undefined {
  const type = chooseSimpleType(request.headers.accept, queryOf(request));
  if (rest === "") return rootKey(index, type);
  const project = NORMALIZED.exec(rest)?.[1];
  return project === undefined ? undefined : projectKey(index, project, type);
}

function jsonPageKey(index: Index, rest: string): string | undefined {
  const [, project, version] = JSON_PATH.exec(rest) ?? [];
  return project === undefined ? undefined : jsonKey(index, normalizeName(project), version);
}
