import type { ComponentChildren } from "preact";
import { Time } from "../web/index.ts";
import { groupClassifiers, keywordList, licenceText, type Person, people, projectLinks } from "./describe-metadata.ts";
import { type ProjectView, summarizeReleases } from "./project-view.ts";

/** What stands beside a project: facts in order of how often they decide. Only those that are there. */
export function ProjectDetails(view: ProjectView) {
  const { addresses, index, page, release, metadata } = view;
  const releasedAt = summarizeReleases(page).get(release.version)?.releasedAt;
  const links = projectLinks(metadata);
  const keywords = keywordList(metadata.keywords);
  return (
    <dl class="facts">
      <Fact term="Released">{releasedAt && <Time at={releasedAt} hasAge />}</Fact>
      <Fact term="Python">{release.requiresPython && <code>{release.requiresPython}</code>}</Fact>
      <Fact term="Licence">{licenceText(metadata)}</Fact>
      <Fact term="Links">
        {links.length > 0 && (
          <ul>
            {links.map(({ label, href, host }) => (
              <li>
                <a href={href} rel="nofollow noopener ugc">
                  {label}
                </a>
                <div class="small muted">{host}</div>
              </li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact term="Maintainers">
        {page.roles.length > 0 && (
          <ul>
            {page.roles.map(({ user, role }) => (
              <li>
                {user} <span class="label">{role}</span>
              </li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact term="Author">{listPeople(people(metadata.author, metadata.authorEmail))}</Fact>
      <Fact term="Maintained by">{listPeople(people(metadata.maintainer, metadata.maintainerEmail))}</Fact>
      <Fact term="Extras">{metadata.providesExtra.length > 0 && <code>{metadata.providesExtra.join(", ")}</code>}</Fact>
      <Fact term="Keywords">{keywords.join(", ")}</Fact>
      {groupClassifiers(metadata.classifiers).map(([group, texts]) => (
        <Fact term={group}>
          <ul>
            {texts.map((text) => (
              <li>{text}</li>
            ))}
          </ul>
        </Fact>
      ))}
      <Fact term="For programs">
        <ul>
          <li>
            <a href={addresses.json(index.name, page.displayName)}>JSON</a>
          </li>
          <li>
            <a href={addresses.simple(index.name, page.name)}>Simple page</a>
          </li>
        </ul>
      </Fact>
    </dl>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ComponentChildren }) {
  if (!children) return null;
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function listPeople(list: readonly Person[]): ComponentChildren {
  if (list.length === 0) return undefined;
  return (
    <ul>
      {list.map(({ name, mailto }) => (
        <li>{mailto === undefined ? name : <a href={mailto}>{name}</a>}</li>
      ))}
    </ul>
  );
}
