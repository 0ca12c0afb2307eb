import type { IncomingMessage } from "node:http";
import { type Addresses, hostedIds, type Index, type ProjectPage, visibilityVary } from "../indexes/index.ts";
import { isValidName, normalizeName, ultraName } from "../packaging-standards/index.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Problem } from "../platform/errors/problem.ts";
import { type Answer, htmlAnswer } from "../platform/http/answer.ts";
import { chooseType } from "../platform/http/media-types.ts";
import { type Frame, ProblemView, renderPage } from "../web/index.ts";
import { cacheHeaders } from "./cache-headers.ts";
import { NoSuchProject, NoSuchRelease } from "./errors.ts";
import { neighbours, rankSpellings } from "./near-spellings.ts";
import { placeOf } from "./place.ts";
import { listNearNames } from "./queries.ts";

interface NotFoundDeps {
  readonly db: Db;
  readonly frame: Frame;
  readonly addresses: Addresses;
}

interface Suggestion {
  readonly text: string;
  readonly href: string;
}

/** Answers what is not there and says what may have been meant: a page to browsers, a problem to programs. */
export function createNotFound({ db, frame, addresses }: NotFoundDeps) {
  return {
    /** Throws NoSuchProject to whoever does not ask for HTML. */
    async project(request: IncomingMessage, index: Index, asked: string): Promise<Answer> {
      const near = await findNearNames(index, asked);
      const suggestions = near.map((name) => ({ text: name, href: addresses.project(index.name, name) }));
      if (!prefersHtml(request.headers.accept)) throw new NoSuchProject(asked, near);
      return answer(index, new NoSuchProject(asked, []), "Did you mean:", suggestions);
    },

    /** Throws NoSuchRelease likewise. */
    release(request: IncomingMessage, index: Index, page: ProjectPage, version: string | undefined): Answer {
      const suggestions =
        page.releases.length === 0
          ? []
          : [{ text: page.displayName, href: addresses.project(index.name, page.displayName) }];
      const problem = new NoSuchRelease(page.displayName, version);
      if (!prefersHtml(request.headers.accept)) throw problem;
      return answer(index, problem, "All its versions:", suggestions);
    },
  };

  async function findNearNames(index: Index, asked: string): Promise<readonly string[]> {
    if (!isValidName(asked)) return [];
    const name = normalizeName(asked);
    const candidates = await listNearNames(db, hostedIds(index), {
      name,
      ultraName: ultraName(name),
      neighbours: neighbours(name),
    });
    return rankSpellings(name, candidates);
  }

  function answer(index: Index, problem: Problem, lead: string, suggestions: readonly Suggestion[]): Answer {
    const page = (
      <ProblemView
        frame={frame}
        page={{ status: problem.status, title: "Not Found", detail: problem.message }}
        {...placeOf(addresses, index.name)}
      >
        {suggestions.length > 0 && (
          <>
            <p>{lead}</p>
            <ul>
              {suggestions.map(({ text, href }) => (
                <li>
                  <a href={href}>{text}</a>
                </li>
              ))}
            </ul>
          </>
        )}
        <p>
          <a href={addresses.simple(index.name)}>All projects of this index</a>
        </p>
      </ProblemView>
    );
    const headers = [...cacheHeaders(index), "Vary", ["Accept", ...visibilityVary(index)].join(", ")];
    return htmlAnswer(problem.status, renderPage(page), headers);
  }
}

/** The same choice as that of error pages (platform/http): who names no type gets text. */
function prefersHtml(accept: string | undefined): boolean {
  const offers = ["text/html", "application/problem+json", "application/json", "text/plain"] as const;
  return accept !== undefined && chooseType(accept, offers) === "text/html";
}
