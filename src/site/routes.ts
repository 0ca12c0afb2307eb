import { documentAnswer } from "../documents/index.ts";
import {
  compositionKey,
  getIndex,
  hostedIds,
  type IndexParams,
  indexPrefixes,
  scopeOf,
  visibilityVary,
} from "../indexes/index.ts";
import { redirectAnswer, textAnswer } from "../platform/http/answer.ts";
import type { Http } from "../platform/http/create-app.ts";
import { PageNotFound } from "../platform/http/errors.ts";
import { route } from "../platform/http/route.ts";
import { helpPath, renderPage } from "../web/index.ts";
import { cacheHeaders } from "./cache-headers.ts";
import type { SiteDeps } from "./deps.ts";
import { HelpPage } from "./help-page.tsx";
import { HomePage } from "./home-page.tsx";
import { projectRoutes } from "./project-routes.ts";
import { type NewestRelease, readHome } from "./queries.ts";

/** Projects with new releases on the first page, and how many releases are read to find them. */
const NEWEST = 12;
const NEWEST_READ = 100;

/** The public pages: home, projects, help, and what crawlers read. */
export function siteRoutes(http: Http, deps: SiteDeps): void {
  const { db, documents, addresses, gate, frame, installation } = deps;

  for (const prefix of indexPrefixes) {
    http.get<{ Params: IndexParams }>(
      `${prefix}/`,
      route(async ({ params, raw }) => {
        const index = await gate(raw, params.index ?? "main");
        const document = await documents.get(`${compositionKey(index)} home`, scopeOf(index), async () => {
          const { projects, newest } = await readHome(db, hostedIds(index), NEWEST_READ);
          const figures = { projects, newest: newestOfEach(newest).slice(0, NEWEST) };
          return {
            body: Buffer.from(renderPage(HomePage({ frame, addresses, index, figures }))),
            headers: ["Content-Type", "text/html; charset=UTF-8", ...cacheHeaders(index)],
            vary: visibilityVary(index),
          };
        });
        if (document === undefined) throw new Error("the first page always has a document");
        return documentAnswer(document, raw);
      }),
    );
  }

  projectRoutes(http, deps);

  // No gate: it says how to get through it, and nothing of what is behind.
  http.get(
    "/help/",
    route(async ({ raw }) => {
      const index = await getIndex(db, "main");
      const document = await documents.get(`help ${compositionKey(index)}`, scopeOf(index), async () => ({
        body: Buffer.from(renderPage(HelpPage({ frame, addresses, index, installation }))),
        headers: ["Content-Type", "text/html; charset=UTF-8", ...cacheHeaders({ isPrivate: false })],
        vary: [],
      }));
      if (document === undefined) throw new Error("the help page always has a document");
      return documentAnswer(document, raw);
    }),
  );

  // Some errors name passages like pages.
  http.get<{ Params: { readonly anchor: string } }>(
    "/help/:anchor",
    route(({ params }) => {
      if (!/^[a-z_-]+$/i.test(params.anchor)) throw new PageNotFound();
      return redirectAnswer(301, helpPath(frame, params.anchor));
    }),
  );

  http.get(
    "/robots.txt",
    route(async () => {
      const { isPrivate } = await getIndex(db, "main");
      return textAnswer(200, isPrivate ? closedToCrawlers : openToCrawlers(frame.basePath), [
        "Cache-Control",
        "max-age=3600, public",
      ]);
    }),
  );
}

/** One release per project: whoever publishes ten versions in a row leaves room for others. */
function newestOfEach(newest: readonly NewestRelease[]): readonly NewestRelease[] {
  const projects = new Set<string>();
  return newest.filter(({ name }) => !projects.has(name) && projects.add(name));
}

const closedToCrawlers = "User-agent: *\nDisallow: /\n";

/** Pages are for crawlers, what programs read is not (RFC 9309). */
function openToCrawlers(basePath: string): string {
  const closed = ["/simple/", "/packages/", "/pypi/", "/legacy/", "/i/*/simple/", "/i/*/packages/", "/i/*/pypi/"];
  return `User-agent: *\n${closed.map((path) => `Disallow: ${basePath}${path}\n`).join("")}`;
}
