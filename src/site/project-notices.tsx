import { latestRelease } from "../indexes/index.ts";
import { helpPath, Notice } from "../web/index.ts";
import type { ProjectView } from "./project-view.ts";

/** Everything to know before installing, gravest first. */
export function ProjectNotices({ frame, addresses, index, page, release }: ProjectView) {
  const latest = latestRelease(page.releases);
  const more = (anchor: string) => <a href={helpPath(frame, anchor)}>What this means</a>;
  const reason = page.statusReason ? `Reason given: “${page.statusReason}” ` : "";
  return (
    <>
      {page.status === "quarantined" ? (
        <Notice tone="danger" title="This project is quarantined">
          Nobody can install it until it has been looked at. {reason}
          {more("project_in_quarantine")}
        </Notice>
      ) : (
        release.isQuarantined && (
          <Notice tone="danger" title="This release is quarantined">
            Nobody can install it until it has been looked at. {more("project_in_quarantine")}
          </Notice>
        )
      )}
      {release.isYanked && (
        <Notice tone="warning" title="This release has been yanked">
          {release.yankedReason ? `Reason given: “${release.yankedReason}” ` : "No reason was given. "}
          {more("yanked")}
        </Notice>
      )}
      {page.status === "deprecated" && (
        <Notice tone="warning" title="This project is deprecated">
          {reason || "Its maintainers advise against using it."}
        </Notice>
      )}
      {page.status === "archived" && (
        <Notice tone="warning" title="This project is archived">
          No new releases are expected. {reason}
          {more("archived-project")}
        </Notice>
      )}
      {release.isPrerelease && (
        <Notice tone="info" title="This is a pre-release">
          Installers choose it only when asked to. {more("pre-release-versioning")}
        </Notice>
      )}
      {latest !== undefined && latest.version !== release.version && (
        <Notice tone="info" title="There is another release">
          The latest is <a href={addresses.project(index.name, page.displayName)}>{latest.version}</a>.
        </Notice>
      )}
    </>
  );
}
