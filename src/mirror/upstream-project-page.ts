import type { ProjectPage, ReleaseEntry, UpstreamFile } from "../indexes/index.ts";
import { findVersion, type NormalizedName, sortVersions } from "../packaging-standards/index.ts";
import type { KnownPage } from "./page-queries.ts";

/** The read model of an upstream's project. Files whose name tells no version are listed and belong to no release. */
export function upstreamProjectPage(name: NormalizedName, known: KnownPage): ProjectPage {
  const filesOf = Map.groupBy(known.files, ({ version }) => version);
  const ordered = sortVersions([...filesOf], ([version]) => version);
  return {
    name,
    displayName: known.displayName,
    serial: known.serial,
    status: known.status,
    statusReason: known.statusReason,
    releases: ordered.filter(([version]) => version !== "").map(([version, files]) => releaseOf(version, files)),
    files: ordered.flatMap(([, files]) => files),
    roles: [],
  };
}

/** Simple indexes speak of files only: a release is yanked when all of it is, and requires what all its files require. */
function releaseOf(version: string, files: readonly UpstreamFile[]): ReleaseEntry {
  const isYanked = files.every(({ upstream }) => upstream.isYanked);
  const requiresPython = new Set(files.map(({ upstream }) => upstream.requiresPython));
  return {
    version,
    isPrerelease: findVersion(version)?.isPrerelease ?? false,
    isYanked,
    yankedReason: isYanked ? (files.find(({ upstream }) => upstream.yankedReason)?.upstream.yankedReason ?? "") : "",
    isQuarantined: false,
    requiresPython: requiresPython.size === 1 ? ([...requiresPython][0] ?? null) : null,
  };
}
