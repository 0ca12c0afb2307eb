import type { ReleaseEntry } from "../../indexes/index.ts";

/**
 * The release that a project's JSON shows: not yanked before yanked, final before pre-release, then the highest version;
 * quarantined ones never. The reference tells a pre-release by letters in its text, which differs for local versions
 * only (`1.0+abc`); ours is PEP 440's rule.
 */
export function latestRelease(releases: readonly ReleaseEntry[]): ReleaseEntry | undefined {
  const rank = (release: ReleaseEntry) => (release.isYanked ? 0 : 2) + (release.isPrerelease ? 0 : 1);
  return releases
    .filter((release) => !release.isQuarantined)
    .reduce<ReleaseEntry | undefined>(
      (best, release) => (best === undefined || rank(release) >= rank(best) ? release : best),
      undefined,
    );
}
