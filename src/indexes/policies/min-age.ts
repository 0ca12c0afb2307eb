import type { ProjectPage } from "../project-page.ts";

/** When a file came, by both clocks: UTC texts as in `UpstreamFile`. */
export interface FileTimes {
  readonly uploadedAt: string | null;
  readonly firstSeenAt: string;
  readonly isBaseline: boolean;
}

/** A page after a policy, and when the same policy would make another one of it. */
export interface PolicedPage {
  readonly page: ProjectPage;
  /** Milliseconds since 1970; absent when time alone changes nothing. */
  readonly changesAt?: number | undefined;
}

export interface MinAge {
  /** Milliseconds. */
  readonly age: number;
  /** `published`: the upstream's clock, ours where it has none. `first-seen`: only ours. */
  readonly clock: "published" | "first-seen";
}

/**
 * When a file of an upstream is old enough, in milliseconds since 1970. By our own clock, what was listed when the project was
 * first seen here is of unknown age and counts as old: a fresh server would otherwise be empty.
 */
export function opensAt({ age, clock }: MinAge, { uploadedAt, firstSeenAt, isBaseline }: FileTimes): number {
  const published = clock === "published" ? uploadedAt : null;
  if (published === null && isBaseline) return Number.NEGATIVE_INFINITY;
  return Date.parse(published ?? firstSeenAt) + age;
}

/**
 * Takes away the files of an upstream that are too young at `now`, and the releases of which nothing is left then, so that none is
 * shown or recommended without a file.
 */
export function hideYoungFiles(rule: MinAge, page: ProjectPage, now: number): PolicedPage {
  let changesAt = Number.POSITIVE_INFINITY;
  const hidden = new Set<string>();
  const files = page.files.filter((file) => {
    if (file.upstream === undefined) return true;
    const moment = opensAt(rule, { ...file.upstream, uploadedAt: file.uploadedAt });
    // Said this way around, a time that cannot be read hides the file.
    if (moment <= now) return true;
    if (moment < changesAt) changesAt = moment;
    hidden.add(file.version);
    return false;
  });
  if (hidden.size === 0) return { page };
  for (const { version } of files) hidden.delete(version);
  const releases = page.releases.filter(({ version }) => !hidden.has(version));
  return { page: { ...page, files, releases }, ...(Number.isFinite(changesAt) && { changesAt }) };
}
