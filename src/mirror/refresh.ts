import type { Source } from "../indexes/index.ts";
import type { NormalizedName } from "../packaging-standards/index.ts";
import type { Clock } from "../platform/clock/clock.ts";
import type { Db } from "../platform/db/pool.ts";
import type { Log } from "../platform/log/log.ts";
import { createApplyAnswer } from "./apply-answer.ts";
import { hasRoom, tooMany, UpstreamTrouble, unavailable } from "./errors.ts";
import { findProject, type KnownProject, saveFailure } from "./project-queries.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface RefreshDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws UpstreamTrouble where there is no asking, as with `--offline`. */
  readonly clientOf: (source: Source) => Pick<UpstreamClient, "getPage"> | Promise<Pick<UpstreamClient, "getPage">>;
  /** How long a page is believed without asking again. */
  readonly freshFor: Temporal.Duration;
  /** The same for the answer that there is no such project. */
  readonly absentFor: Temporal.Duration;
}

/** Brings what is known of projects up to date with their upstreams. One per process that talks to upstreams. */
export function createRefresh({ db, clock, log, clientOf, freshFor, absentFor }: RefreshDeps) {
  const underWay = new Map<string, Promise<void>>();
  const apply = createApplyAnswer({ db, log });

  async function refresh(source: Source, name: NormalizedName): Promise<void> {
    const before = await findProject(db, { indexId: source.id, name });
    // Floored as the database does it, since rows are compared with it. From the question, not the answer: what changes
    // while the answer is on its way is not in it.
    const checkedAt = clock.now().round({ smallestUnit: "microsecond", roundingMode: "floor" });
    if (before !== undefined && Temporal.Instant.compare(checkedAt, before.freshUntil) < 0) return;
    const known = { etag: before?.etag ?? null, lastModified: before?.lastModified ?? null };
    try {
      const answer = await (await clientOf(source)).getPage(name, known);
      const freshUntil = checkedAt.add(answer.kind === "absent" ? absentFor : freshFor);
      await apply({ source, name, before, times: { checkedAt, freshUntil } }, answer);
    } catch (error) {
      if (!(error instanceof UpstreamTrouble)) throw error;
      await noteFailure(source, name, before, error);
    }
  }

  /** Throws UpstreamUnavailable when nothing is known that could be shown instead. */
  async function noteFailure(
    source: Source,
    name: NormalizedName,
    before: KnownProject | undefined,
    trouble: UpstreamTrouble,
  ): Promise<void> {
    const { kind, message: reason } = trouble;
    if (before !== undefined) {
      await saveFailure(db, { indexId: source.id, name }, before, { at: clock.now(), reason });
      // Once, not with every request for as long as it lasts.
      const level = before.failedAt === null && kind !== "offline" ? "warn" : "debug";
      log[level](
        { index: source.name, project: name, trouble: kind, checkedAt: before.checkedAt.toString() },
        `${name} of ${source.name} stays as it was known last: ${reason}`,
      );
    }
    if (before?.state === "found") return;
    throw unavailable(`The project ${name}`, trouble);
  }

  return {
    /**
     * Asks the upstream about a project unless what is known is still fresh; whoever calls meanwhile waits for the same answer.
     * Throws UpstreamUnavailable when the upstream cannot be asked or believed and the project is not known, and when
     * too many others are asked about.
     */
    refreshProject(source: Source, name: NormalizedName): Promise<void> {
      const key = `${source.id} ${name}`;
      const current = underWay.get(key);
      if (current !== undefined) return current;
      if (!hasRoom(underWay)) return Promise.reject(tooMany(`The project ${name}`));
      const started = refresh(source, name).finally(() => underWay.delete(key));
      underWay.set(key, started);
      return started;
    },
  };
}
