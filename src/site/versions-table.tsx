import type { ReleaseEntry } from "../indexes/index.ts";
import { countOf, Time } from "../web/index.ts";
import { type ProjectView, summarizeReleases } from "./project-view.ts";

/** Releases shown before one has to ask for the rest. */
const FIRST = 15;

/** Every release, highest version first, each with what is to be known about it. */
export function VersionsTable(view: ProjectView) {
  const summaries = summarizeReleases(view.page);
  const releases = view.page.releases.toReversed();
  const rest = releases.slice(FIRST);
  const rows = (list: readonly ReleaseEntry[]) => (
    <table class="table dense">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Released</th>
          <th scope="col" class="number">
            Files
          </th>
        </tr>
      </thead>
      <tbody>
        {list.map((release) => (
          <VersionRow view={view} release={release} {...summaries.get(release.version)} />
        ))}
      </tbody>
    </table>
  );
  return (
    <>
      {rows(releases.slice(0, FIRST))}
      {rest.length > 0 && (
        <details>
          <summary>{countOf(rest.length, "earlier version")}</summary>
          {rows(rest)}
        </details>
      )}
    </>
  );
}

interface VersionRowProps {
  readonly view: ProjectView;
  readonly release: ReleaseEntry;
  readonly releasedAt?: string | undefined;
  readonly files?: number;
}

function VersionRow({ view, release, releasedAt, files = 0 }: VersionRowProps) {
  const { addresses, index, page } = view;
  const isShown = release === view.release;
  const labels = [
    isShown && "this page",
    release.isQuarantined && "quarantined",
    release.isYanked && (release.yankedReason ? `yanked: ${release.yankedReason}` : "yanked"),
    release.isPrerelease && "pre-release",
  ].filter((label) => label !== false);
  return (
    <tr>
      <th scope="row">
        <a
          href={addresses.project(index.name, page.displayName, release.version)}
          aria-current={isShown ? "page" : undefined}
        >
          {release.version}
        </a>{" "}
        {labels.map((label) => (
          <span class="label">{label} </span>
        ))}
      </th>
      <td>{releasedAt !== undefined && <Time at={releasedAt} isDay />}</td>
      <td class="number">{countOf(files, "file")}</td>
    </tr>
  );
}
