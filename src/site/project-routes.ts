import { documentAnswer } from "../documents/index.ts";
import {
  compositionKey,
  type IndexParams,
  indexPrefixes,
  type ProjectPage,
  scopeOf,
  visibilityVary,
} from "../indexes/index.ts";
import { isValidName, normalizeName } from "../packaging-standards/index.ts";
import { redirectAnswer } from "../platform/http/answer.ts";
import type { Http } from "../platform/http/create-app.ts";
import { pathOf } from "../platform/http/error-answers.ts";
import { queryOf } from "../platform/http/query-of.ts";
import { route } from "../platform/http/route.ts";
import { renderPage } from "../web/index.ts";
import { cacheHeaders } from "./cache-headers.ts";
import type { SiteDeps } from "./deps.ts";
import { createNotFound } from "./not-found.tsx";
import { ProjectPageView } from "./project-page.tsx";
import { findShown } from "./project-view.ts";

interface Params extends IndexParams {
  readonly name: string;
  readonly version?: string;
}

/** The page of a project and of each release, at the one spelling of its address; every other spelling is redirected there. */
export function projectRoutes(http: Http, { db, catalogue, documents, addresses, gate, frame }: SiteDeps): void {
  const notFound = createNotFound({ db, frame, addresses });

  const answer = route<{ Params: Params }>(async ({ params, raw }) => {
    const { name: asked, version } = params;
    const index = await gate(raw, params.index ?? "main");
    const name = normalizeName(asked);
    if (!isValidName(asked)) return await notFound.project(raw, index, asked);

    // A valid name has no space in it, so no two addresses share a key.
    const key = `${compositionKey(index)} page ${asked} ${version ?? ""}`;
    const hasSlash = pathOf(raw.url ?? "").endsWith("/");
    const document = hasSlash && (await documents.get(key, scopeOf(index, name), build));
    if (document) return documentAnswer(document, raw);

    const page = (await catalogue.readPage(index, name))?.page;
    if (page === undefined) return await notFound.project(raw, index, asked);
    const shown = findShown(page, version);
    if (shown === undefined) return notFound.release(raw, index, page, version);
    const target = addresses.project(index.name, page.displayName, version === undefined ? undefined : shown.version);
    return redirectAnswer(301, target + queryOf(raw), [
      ...cacheHeaders(index),
      ...visibilityVary(index).flatMap((field) => ["Vary", field]),
    ]);

    /** Undefined where this address is not the one to draw at. */
    async function build() {
      const found = await catalogue.readPage(index, name);
      if (found === undefined) return undefined;
      const { page } = found;
      const release = findShown(page, version);
      if (!release || !isOwnSpelling(page, release.version)) return undefined;
      const metadata = await catalogue.readMetadata(index, found, release.version);
      if (metadata === undefined) return undefined;
      const view = { frame, addresses, index, page, release, metadata, isPinned: version !== undefined };
      return {
        body: Buffer.from(renderPage(ProjectPageView(view))),
        headers: ["Content-Type", "text/html; charset=UTF-8", ...cacheHeaders(index)],
        vary: visibilityVary(index),
        freshUntil: found.freshness?.until,
      };
    }

    function isOwnSpelling(page: ProjectPage, shownVersion: string): boolean {
      return asked === page.displayName && (version === undefined || version === shownVersion);
    }
  });

  for (const prefix of indexPrefixes) {
    for (const path of ["/project/:name", "/project/:name/:version"]) {
      http.get<{ Params: Params }>(`${prefix}${path}/`, answer);
      // Declared, so that a wrong spelling without its slash takes one redirect and not two.
      http.get<{ Params: Params }>(`${prefix}${path}`, answer);
    }
  }
}
