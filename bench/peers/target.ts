import { ask } from "../load.ts";

/** The things that are asked for. */
export const subjects = {
  "page-2k": { title: "Page of 2 KB", project: "cheddar" },
  "page-50k": { title: "Page of 50 KB", project: "brie" },
  "page-1m": { title: "Page of 1 MB", project: "gouda" },
  json: { title: "Project JSON", project: "brie" },
  "file-60k": { title: "File of 60 KB", project: "parcel", filename: "parcel-1.0-py3-none-any.whl" },
  "file-20m": { title: "File of 20 MB", project: "parcel", filename: "parcel-1.1-py3-none-any.whl" },
} as const;
export type Subject = keyof typeof subjects;

/** A server that is running. */
export interface Target {
  readonly name: string;
  /** Processes whose CPU and memory count, each with its children. */
  readonly roots: readonly number[];
  /** Milliseconds from its start to its first answer. */
  readonly startUp: number;
  /** Answers so few requests that each has to be waited for. */
  readonly isSlow: boolean;
  /** Undefined when it has no such thing. */
  address(subject: Subject): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** What every index has: the page of the subject's project below `simple`, and the file that this page links to. */
export async function simpleAddress(simple: string, subject: Subject): Promise<string | undefined> {
  const wanted = subjects[subject];
  const page = new URL(`${wanted.project}/`, simple).href;
  if (subject === "json") return undefined;
  if (!("filename" in wanted)) return page;
  const { body } = await ask({ url: page, headers: { Accept: "text/html" } });
  const href = new RegExp(`href="((?:[^"#]*/)?${RegExp.escape(wanted.filename)})[#"]`).exec(body.toString())?.[1];
  return href === undefined ? undefined : new URL(href, page).href;
}
