import type { Rules } from "../platform/config/rules.ts";
import { refuse } from "./refused.ts";

interface LimitedProject {
  readonly displayName: string;
  readonly totalSize: number;
  readonly fileSizeLimit: number | null;
  readonly totalSizeLimit: number | null;
}

const GIB = 1024 ** 3;
const UNITS = { M: { binary: 1024 ** 2, decimal: 1e6 }, G: { binary: GIB, decimal: 1e9 } } as const;

type SizeRules = Pick<Rules, "fileLimit" | "projectLimit">;

/** Bytes that one file of this project may have: the rule or the project's own limit, whichever is larger. */
export function sizeLimit(rules: SizeRules, project: LimitedProject | undefined): number {
  return larger(rules.fileLimit, project?.fileSizeLimit);
}

/**
 * Bytes of one request that are read at all. Well above the largest file, so that whoever is a little over it still learns what
 * else is wrong and what the limit is.
 */
export function maxBody(rules: SizeRules): number {
  return rules.fileLimit === null ? Number.MAX_SAFE_INTEGER : Math.max(4 * GIB, 2 * rules.fileLimit);
}

/** S20: the file, then the project with it, within their limits. */
export function refuseTooLarge({
  content,
  project,
  name,
  rules,
  help,
}: {
  /** `bytes` is undefined when the file was over its limit and not kept. */
  readonly content: { readonly bytes: { readonly size: number } | undefined };
  readonly project: LimitedProject | undefined;
  readonly name: string;
  readonly rules: SizeRules;
  readonly help: (anchor: string) => string;
}): void {
  const who = project?.displayName ?? name;
  const limit = sizeLimit(rules, project);
  if (content.bytes === undefined || content.bytes.size > limit) {
    refuse(
      "S20 size",
      `File too large. Limit for project '${who}' is ${inUnit(limit, "M")}. ` +
        `See ${help("file-size-limit")} for more information.`,
    );
  }
  const total = larger(rules.projectLimit, project?.totalSizeLimit);
  if ((project?.totalSize ?? 0) + content.bytes.size > total) {
    refuse(
      "S20 size",
      `Project size too large. Limit for project '${who}' total size is ${inUnit(total, "G")}. ` +
        `See ${help("project-size-limit")}`,
    );
  }
}

/** The reference prints mebibytes and calls them MB. A limit that is no whole number of them was given in real MB. */
function inUnit(bytes: number, unit: "M" | "G"): string {
  const { binary, decimal } = UNITS[unit];
  const count = bytes % binary === 0 ? bytes / binary : Number((bytes / decimal).toPrecision(3));
  return `${count} ${unit}B`;
}

function larger(rule: number | null, own: number | null | undefined): number {
  return rule === null ? Number.MAX_SAFE_INTEGER : Math.max(rule, own ?? 0);
}
