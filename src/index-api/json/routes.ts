import { type Documents, documentAnswer } from "../../documents/index.ts";
import {
  type Addresses,
  type Catalogue,
  compositionKey,
  type Index,
  type IndexParams,
  indexPrefixes,
  latestRelease,
  type ProjectPage,
  type ReadGate,
  type ReleaseEntry,
  refusalHeaders,
  releaseNamed,
  scopeOf,
  visibilityHeaders,
  visibilityVary,
} from "../../indexes/index.ts";
import { isValidName, normalizeName } from "../../packaging-standards/index.ts";
import { type Answer, redirectAnswer } from "../../platform/http/answer.ts";
import type { Http } from "../../platform/http/create-app.ts";
import { route } from "../../platform/http/route.ts";
import { staleHeaders } from "../stale-headers.ts";
import { projectJson } from "./project-json.ts";

export interface JsonDeps {
  readonly catalogue: Catalogue;
  readonly documents: Documents;
  readonly addresses: Addresses;
  readonly gate: ReadGate;
}

const MAX_AGE = 900;

interface Params extends IndexParams {
  readonly name: string;
  readonly version?: string;
}

/** The JSON API of a project and of a release. It answers any spelling of the name directly, never by redirect. */
export function jsonRoutes(http: Http, { catalogue, documents, addresses, gate }: JsonDeps): void {
  const answer = route<{ Params: Params }>(async (request) => {
    const index = await gate(request.raw, request.params.index ?? "main");
    const { name: asked, version } = request.params;
    // A valid name has no space in it, so no two addresses share a key.
    if (!isValidName(asked)) return notFound(index);
    const name = normalizeName(asked);
    const document = await documents.get(jsonKey(index, name, version), scopeOf(index, name), async () => {
      const found = await catalogue.readPage(index, name);
      const shown = found && findShown(found.page, version);
      if (found === undefined || shown === undefined) return undefined;
      const metadata = await catalogue.readMetadata(index, found, shown.version);
      if (metadata === undefined) return undefined;
      const { page, freshness } = found;
      const context = { addresses, index: index.name };
      return {
        body: projectJson(page, shown, metadata, context, version === undefined),
        headers: [
          "Content-Type",
          "application/json",
          ...visibilityHeaders(index, MAX_AGE),
          "X-PyPI-Last-Serial",
          String(page.serial),
          ...staleHeaders(freshness),
        ],
        vary: visibilityVary(index),
        freshUntil: freshness?.until,
      };
    });
    return document === undefined ? notFound(index) : documentAnswer(document, request.raw);
  });

  const withoutSlash = route<{ Params: Params }>(async (request) => {
    const index = await gate(request.raw, request.params.index ?? "main");
    const target = addresses.json(index.name, request.params.name, request.params.version);
    return redirectAnswer(301, target, refusalHeaders(index));
  });

  for (const prefix of indexPrefixes) {
    http.get<{ Params: Params }>(`${prefix}/pypi/:name/json`, answer);
    http.get<{ Params: Params }>(`${prefix}/pypi/:name/:version/json`, answer);
    http.get<{ Params: Params }>(`${prefix}/pypi/:name/json/`, withoutSlash);
    http.get<{ Params: Params }>(`${prefix}/pypi/:name/:version/json/`, withoutSlash);
  }
}

/** What documents of this room are kept under. `version` as it stands in the address. */
export const jsonKey = (index: Index, name: string, version: string | undefined) =>
  `${compositionKey(index)} json ${name} ${version ?? ""}`;

/** The 404 of this API for every cause, byte for byte. */
function notFound(index: Index): Answer {
  const body = Buffer.from('{"message": "Not Found"}');
  return { status: 404, headers: ["Content-Type", "application/json", ...refusalHeaders(index)], body };
}

/** The latest release, or the one that `version` names in any spelling; quarantined ones are not there. */
function findShown(page: ProjectPage, version: string | undefined): ReleaseEntry | undefined {
  if (page.status === "quarantined") return undefined;
  if (version === undefined) return latestRelease(page.releases);
  return releaseNamed(
    page.releases.filter((release) => !release.isQuarantined),
    version,
  );
}
