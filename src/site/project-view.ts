import {
  type Addresses,
  type FileEntry,
  type Index,
  latestRelease,
  listedFiles,
  type ProjectPage,
  type ReleaseEntry,
  type ReleaseMetadata,
  releaseNamed,
} from "../indexes/index.ts";
import type { Frame } from "../web/index.ts";

/** All that the parts of a project's page are drawn from. */
export interface ProjectView {
  readonly frame: Frame;
  readonly addresses: Addresses;
  readonly index: Pick<Index, "name" | "isPrivate">;
  readonly page: ProjectPage;
  readonly release: ReleaseEntry;
  readonly metadata: ReleaseMetadata;
  /** Is this the page of the release, not of the project? */
  readonly isPinned: boolean;
}

/** The release that an address shows: the one it names, else the latest, else, where all are quarantined, the highest. */
export function findShown(page: ProjectPage, version: string | undefined): ReleaseEntry | undefined {
  if (version !== undefined) return releaseNamed(page.releases, version);
  return latestRelease(page.releases) ?? page.releases.at(-1);
}

/** The files of the shown release that installers may see: sources first, then by name. */
export function shownFiles({ page, release }: Pick<ProjectView, "page" | "release">): readonly FileEntry[] {
  return listedFiles(page)
    .filter((file) => file.version === release.version)
    .toSorted((a, b) => Number(b.packagetype === "sdist") - Number(a.packagetype === "sdist"));
}

interface ReleaseSummary {
  /** UTC text; undefined where an upstream does not say. */
  readonly releasedAt: string | undefined;
  readonly files: number;
}

/** When the first file of each release came, and how many it has. */
export function summarizeReleases(page: ProjectPage): ReadonlyMap<string, ReleaseSummary> {
  const summaries = new Map<string, ReleaseSummary>();
  for (const { version, uploadedAt } of page.files) {
    const known = summaries.get(version);
    // Fixed width, UTC: the order of the texts is the order of the moments.
    const [releasedAt] = [known?.releasedAt, uploadedAt ?? undefined].filter((at) => at !== undefined).sort();
    summaries.set(version, { releasedAt, files: (known?.files ?? 0) + 1 });
  }
  return summaries;
}
