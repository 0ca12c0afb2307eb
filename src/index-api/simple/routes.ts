import { type Documents, documentAnswer, type Representation } from "../../documents/index.ts";
import {
  type Addresses,
  type Catalogue,
  compositionKey,
  type Freshness,
  type Index,
  type IndexParams,
  indexPrefixes,
  type ReadGate,
  readLastSerial,
  refusalHeaders,
  scopeOf,
  visibilityHeaders,
  visibilityVary,
} from "../../indexes/index.ts";
import { normalizeName } from "../../packaging-standards/index.ts";
import type { Db } from "../../platform/db/pool.ts";
import { redirectAnswer, textAnswer } from "../../platform/http/answer.ts";
import type { Http } from "../../platform/http/create-app.ts";
import { chooseSimpleType, type SimpleType } from "../../platform/http/negotiate.ts";
import { queryOf } from "../../platform/http/query-of.ts";
import { route } from "../../platform/http/route.ts";
import { staleHeaders } from "../stale-headers.ts";
import { projectHtml } from "./project-html.ts";
import { projectJson } from "./project-json.ts";
import { rootHtml, rootJson } from "./root.ts";

export interface SimpleDeps {
  readonly db: Db;
  readonly catalogue: Catalogue;
  readonly documents: Documents;
  readonly addresses: Addresses;
  readonly gate: ReadGate;
}

/** Seconds that a shared cache may keep a simple page. */
const MAX_AGE = 600;

const contentTypes: Readonly<Record<SimpleType, string>> = {
  "text/html": "text/html; charset=UTF-8",
  "application/vnd.pypi.simple.v1+html": "application/vnd.pypi.simple.v1+html",
  "application/vnd.pypi.simple.v1+json": "application/vnd.pypi.simple.v1+json",
};

/** The simple index (PEP 503, 691): the list of projects and a page for each. */
export function simpleRoutes(http: Http, { db, catalogue, documents, addresses, gate }: SimpleDeps): void {
  for (const prefix of indexPrefixes) {
    http.get<{ Params: IndexParams }>(
      `${prefix}/simple/`,
      route(async (request) => {
        const index = await gate(request.raw, request.params.index ?? "main");
        const type = chooseSimpleType(request.raw.headers.accept, queryOf(request.raw));
        const document = await documents.get(rootKey(index, type), scopeOf(index), async () => {
          const lastSerial = await readLastSerial(db, index);
          // The list is read after the serial, so it is at least as new.
          const lines = await catalogue.listLines(index);
          const body = type.endsWith("json") ? rootJson(lines, lastSerial) : rootHtml(lines, addresses, index.name);
          return representation(index, lastSerial, type, body);
        });
        if (document === undefined) throw new Error("the root page always has a document");
        return documentAnswer(document, request.raw);
      }),
    );

    http.get<{ Params: IndexParams & { name: string } }>(
      `${prefix}/simple/:name/`,
      route(async (request) => {
        const index = await gate(request.raw, request.params.index ?? "main");
        const name = normalizeName(request.params.name);
        if (name !== request.params.name) {
          if (!(await catalogue.hasProject(index, name)))
            return textAnswer(404, "404 Not Found", refusalHeaders(index));
          return redirectAnswer(301, addresses.simple(index.name, name) + queryOf(request.raw), [
            ...visibilityHeaders(index, MAX_AGE),
            "Vary",
            ["Accept", ...visibilityVary(index)].join(", "),
          ]);
        }
        const type = chooseSimpleType(request.raw.headers.accept, queryOf(request.raw));
        const document = await documents.get(projectKey(index, name, type), scopeOf(index, name), async () => {
          const found = await catalogue.readPage(index, name);
          if (found === undefined) return undefined;
          const { page, freshness } = found;
          const write = type.endsWith("json") ? projectJson : projectHtml;
          return representation(index, page.serial, type, write(page, addresses, index.name), freshness);
        });
        if (document === undefined) return textAnswer(404, "404 Not Found", refusalHeaders(index));
        return documentAnswer(document, request.raw);
      }),
    );

    http.get<{ Params: IndexParams }>(
      `${prefix}/simple/:name/*`,
      route(async ({ raw, params }) =>
        textAnswer(404, "404 Not Found", refusalHeaders(await gate(raw, params.index ?? "main"))),
      ),
    );
  }
}

/** What documents of this room are kept under. */
export const rootKey = (index: Index, type: SimpleType) => `${compositionKey(index)} root ${type}`;
export const projectKey = (index: Index, name: string, type: SimpleType) =>
  `${compositionKey(index)} simple ${name} ${type}`;

function representation(
  index: Index,
  serial: number,
  type: SimpleType,
  body: Buffer,
  freshness?: Freshness,
): Representation {
  return {
    body,
    headers: [
      "Content-Type",
      contentTypes[type],
      ...visibilityHeaders(index, MAX_AGE),
      "X-PyPI-Last-Serial",
      String(serial),
      ...staleHeaders(freshness),
    ],
    vary: ["Accept", ...visibilityVary(index)],
    freshUntil: freshness?.until,
  };
}
