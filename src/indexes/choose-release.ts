import { findVersion } from "../packaging-standards/index.ts";
import type { ReleaseEntry } from "./project-page.ts";

/**
 * The release that a project is shown by: not yanked before yanked, final before pre-release, then the highest version;
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

/**
 * The release that `version` names in any spelling. Imported history may hold two that mean the same, `1.0` and `1.0.0`:
 * then only the exact spelling counts.
 */
export function releaseNamed(releases: readonly ReleaseEntry[], version: string): ReleaseEntry | undefined {
  const canonical = (text: string) => findVersion(text)?.canonical ?? text;
  const same = releases.filter((release) => canonical(release.version) === canonical(version));
  return same.length > 1 ? same.find((release) => release.version === version) : same[0];
}
