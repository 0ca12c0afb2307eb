import { countOf, Layout } from "../web/index.ts";
import { FilesTable } from "./files-table.tsx";
import { InstallSwitch } from "./install-switch.tsx";
import { placeOf } from "./place.ts";
import { ProjectDetails } from "./project-details.tsx";
import { ProjectNotices } from "./project-notices.tsx";
import { type ProjectView, shownFiles } from "./project-view.ts";
import { VersionsTable } from "./versions-table.tsx";

/** The page of a project, or of one of its releases. */
export function ProjectPageView(view: ProjectView) {
  const { frame, addresses, index, page, release, metadata, isPinned } = view;
  const files = shownFiles(view);
  const needed = metadata.requiresDist;
  // A plain name would get the installer another release than the one on this page.
  const isExact = isPinned || release.isPrerelease || release.isYanked;
  return (
    <Layout
      frame={frame}
      title={isPinned ? `${page.displayName} ${release.version}` : page.displayName}
      description={metadata.summary || `${page.displayName}, a Python project`}
      canonical={addresses.absolute(addresses.project(index.name, page.displayName))}
      {...placeOf(addresses, index.name)}
    >
      <div class="project">
        <header class="project-head flow">
          <h1>
            {page.displayName} <span class="version">{release.version}</span>
          </h1>
          {metadata.summary && <p class="lead">{metadata.summary}</p>}
          <ProjectNotices {...view} />
          {files.length > 0 && (
            <InstallSwitch
              frame={frame}
              addresses={addresses}
              index={index}
              requirement={isExact ? `${page.displayName}==${release.version}` : page.displayName}
            />
          )}
          <nav aria-label="On this page">
            <ul class="sections">
              <li>
                <a href="#description">Description</a>
              </li>
              <li>
                <a href="#files">{countOf(files.length, "file")}</a>
              </li>
              <li>
                <a href="#versions">{countOf(page.releases.length, "version")}</a>
              </li>
              {needed.length > 0 && (
                <li>
                  <a href="#dependencies">{countOf(needed.length, "dependency", "dependencies")}</a>
                </li>
              )}
              <li class="to-details">
                <a href="#details">Details</a>
              </li>
            </ul>
          </nav>
        </header>
        <div class="flow">
          <section class="flow" aria-labelledby="description">
            <h2 id="description">Description</h2>
            {metadata.description.trim() === "" ? (
              <p class="muted">Whoever published this release has not described it.</p>
            ) : (
              <pre class="description">{metadata.description}</pre>
            )}
          </section>
          <section class="flow" aria-labelledby="files">
            <h2 id="files">Files</h2>
            {files.length === 0 ? (
              <p class="muted">There are no files to install.</p>
            ) : (
              <FilesTable files={files} addresses={addresses} indexName={index.name} />
            )}
          </section>
          <section class="flow" aria-labelledby="versions">
            <h2 id="versions">Versions</h2>
            <VersionsTable {...view} />
          </section>
          {needed.length > 0 && (
            <section class="flow" aria-labelledby="dependencies">
              <h2 id="dependencies">Dependencies</h2>
              <ul class="requirements">
                {needed.map((requirement) => (
                  <li>
                    <code>{requirement}</code>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
        <aside aria-labelledby="details" class="flow">
          <h2 id="details" class="to-details">
            Details
          </h2>
          <ProjectDetails {...view} />
        </aside>
      </div>
    </Layout>
  );
}
