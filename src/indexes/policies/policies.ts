import type { Clock } from "../../platform/clock/clock.ts";
import type { Db } from "../../platform/db/pool.ts";
import type { ProjectPage } from "../project-page.ts";
import type { Index } from "../queries.ts";
import { findExemption } from "./exemption-queries.ts";
import { type FileTimes, hideYoungFiles, opensAt, type PolicedPage } from "./min-age.ts";

/** The rules that decide what of an upstream is shown. Another one is another function `ProjectPage → ProjectPage` in `apply`. */
export interface PolicyRules {
  /** Null: of any age. */
  readonly minAge: Temporal.Duration | null;
  readonly minAgeClock: "published" | "first-seen";
}

/** Why a file is not served, for people: the rule, and when it opens where that is known. */
export interface Withheld {
  readonly reason: string;
}

export type Policies = ReturnType<typeof createPolicies>;

export function createPolicies({ db, clock, rules }: { db: Db; clock: Clock; rules: PolicyRules }) {
  const minAge = rules.minAge && { age: rules.minAge.total("milliseconds"), clock: rules.minAgeClock };
  const now = () => clock.now().epochMilliseconds;
  const isExempt = async (index: Pick<Index, "id">, name: string) =>
    (await findExemption(db, index.id, name)) !== undefined;

  return {
    /** The page as this index shows it. */
    async apply(index: Pick<Index, "id">, page: ProjectPage): Promise<PolicedPage> {
      if (minAge === null) return { page };
      const policed = hideYoungFiles(minAge, page, now());
      // Asked only when it matters, which is seldom.
      if (policed.page === page || !(await isExempt(index, page.name))) return policed;
      return { page };
    },

    /** Undefined when a file of an upstream may be served below this index. */
    async withhold(
      index: Pick<Index, "id" | "name">,
      file: FileTimes & { readonly project: string; readonly filename: string },
    ): Promise<Withheld | undefined> {
      if (minAge === null) return undefined;
      const moment = opensAt(minAge, file);
      if (moment <= now() || (await isExempt(index, file.project))) return undefined;
      const rule = `the rule min-age=${days(minAge.age)} of this server`;
      const since = Number.isFinite(moment) ? `It opens at ${instant(moment)}` : "When it opens is not known";
      return { reason: `${file.filename} is younger than ${rule} allows. ${since}.` };
    },
  };
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

/** As someone would write it behind `--rule`. */
function days(milliseconds: number): string {
  const [letter, unit] = UNITS.find(([, unit]) => milliseconds % unit === 0) ?? ["s", 1000];
  return `${milliseconds / unit}${letter}`;
}

/** To the second, rounded up: from that moment on it is true. */
function instant(milliseconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(milliseconds)
    .round({ smallestUnit: "second", roundingMode: "ceil" })
    .toString();
}
