import {
  emptyMetadata,
  type Freshness,
  type ProjectSource,
  type ReleaseMetadata,
  type Source,
  type SourcedPage,
} from "../indexes/index.ts";
import { isValidName, type NormalizedName } from "../packaging-standards/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { NAME_LIMIT } from "./distribution-of.ts";
import { UpstreamUnavailable } from "./errors.ts";
import type { Fetcher } from "./fetcher.ts";
import { findPage, type KnownPage, listLines } from "./page-queries.ts";
import { findRelease } from "./release-queries.ts";
import { upstreamProjectPage } from "./upstream-project-page.ts";

export interface MirrorSourceDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetcher: Pick<Fetcher, "refreshProject" | "fetchReleaseMetadata">;
}

/** Milliseconds after which a page is looked at again while its upstream is being asked, and while it cannot be asked. */
const WHILE_ASKING = 2_000;
const WHILE_FAILING = 10_000;

/** Projects of upstreams, as far as they are known: the upstream is waited for only when nothing is. */
export function createMirrorSource({ db, clock, log, fetcher }: MirrorSourceDeps): ProjectSource {
  /** What is known of a project, once anything is. Throws UpstreamUnavailable. */
  async function getKnown(source: Source, name: NormalizedName): Promise<KnownPage> {
    const known = await findPage(db, { indexId: source.id, name });
    // An absence that has expired is as good as nothing: somebody may have been waiting for just this project.
    if (known !== undefined && (known.state === "found" || isFresh(known))) return known;
    await fetcher.refreshProject(source, name);
    const found = await findPage(db, { indexId: source.id, name });
    if (found === undefined) throw new UpstreamUnavailable(`The project ${name}`, "It was forgotten meanwhile.", 1);
    return found;
  }

  function isFresh({ freshUntil }: KnownPage): boolean {
    return Temporal.Instant.compare(clock.now(), freshUntil) < 0;
  }

  function refreshBehind(source: Source, name: NormalizedName): void {
    fetcher.refreshProject(source, name).catch((error: unknown) => {
      log.warn({ index: source.name, project: name, err: error }, `${name} of ${source.name} could not be refreshed`);
    });
  }

  function freshnessOf(known: KnownPage): Freshness {
    const now = clock.now();
    if (isFresh(known)) return { until: known.freshUntil.epochMilliseconds };
    if (known.failure === null) return { until: now.epochMilliseconds + WHILE_ASKING };
    const age = Math.max(0, Math.floor(now.since(known.checkedAt).total("seconds")));
    return { until: now.epochMilliseconds + WHILE_FAILING, stale: { age, reason: known.failure } };
  }

  return {
    async readPage(source: Source, name: NormalizedName): Promise<SourcedPage | undefined> {
      // Longer names than any file can have are nobody's.
      if (!isValidName(name) || name.length > NAME_LIMIT) return undefined;
      const known = await getKnown(source, name);
      if (known.state === "absent") return undefined;
      const freshness = freshnessOf(known);
      if (!isFresh(known)) refreshBehind(source, name);
      return { page: upstreamProjectPage(name, known), freshness };
    },

    async readMetadata(source: Source, name: NormalizedName, version: string): Promise<ReleaseMetadata | undefined> {
      const key = { indexId: source.id, name };
      const known = await findRelease(db, key, version);
      if (known.files.length === 0 || known.metadata !== null) return known.metadata ?? undefined;
      await fetcher.fetchReleaseMetadata(source, name, version);
      const { metadata, files } = await findRelease(db, key, version);
      // Old files have none, or none that can be read: the release is there all the same.
      return metadata ?? { ...emptyMetadata, requiresPython: files.at(-1)?.requiresPython ?? null };
    },

    listLines: (source: Source) => listLines(db, source.id),
  };
}
