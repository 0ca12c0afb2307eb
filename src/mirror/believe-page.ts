import type { ProjectStatus } from "../indexes/index.ts";
import { isValidName, type NormalizedName } from "../packaging-standards/index.ts";
import { NAME_LIMIT } from "./distribution-of.ts";
import { UpstreamTrouble } from "./errors.ts";
import { checkFile, type Fault, line, type RawFile } from "./listed-files.ts";
import type { ListedFile, UpstreamPage } from "./upstream-page.ts";

/** Where a page came from, and what was asked for. */
export interface PageContext {
  readonly project: NormalizedName;
  /** After all redirects. */
  readonly url: URL;
  /** As messages show it. */
  readonly shown: string;
}

/** What a page says of its project, before its files are believed. */
export interface RawPage {
  readonly displayName: string | undefined;
  readonly serial: number | null;
  readonly status: unknown;
  readonly statusReason: string | undefined;
  /** What cannot even be read is a fault already. */
  readonly files: readonly (RawFile | Fault)[];
  readonly base: URL;
}

/** A page, and how many of its files were left out, by reason. */
export interface BelievedPage {
  readonly page: UpstreamPage;
  readonly leftOut: ReadonlyMap<Fault, number>;
}

const STATUSES: readonly ProjectStatus[] = ["active", "archived", "quarantined", "deprecated"];

/** More than any project has; each costs some 20 µs, in a process that all mirrors share. */
const MAX_FILES = 100_000;

/** Throws UpstreamTrouble for a page that lists more than anybody can have. */
export function checkCount(files: number, shown: string): void {
  if (files > MAX_FILES) throw new UpstreamTrouble("too-large", `${shown} lists more than ${MAX_FILES} files.`);
}

/** One bad file does not spoil a page, but a page of which no file is good is none: throws UpstreamTrouble. */
export function believePage(raw: RawPage, { project, url, shown }: PageContext): BelievedPage {
  const leftOut = new Map<Fault, number>();
  const files = new Map<string, ListedFile>();
  for (const rawFile of raw.files) {
    const checked = typeof rawFile === "string" ? rawFile : checkFile(rawFile, project, raw.base, url);
    const file = typeof checked !== "string" && files.has(checked.filename) ? "listed twice" : checked;
    if (typeof file === "string") leftOut.set(file, (leftOut.get(file) ?? 0) + 1);
    else files.set(file.filename, file);
  }
  if (raw.files.length > 0 && files.size === 0) {
    const reasons = [...leftOut.keys()].join(", ");
    throw new UpstreamTrouble("invalid", `${shown} lists no file that can be used (${reasons}).`);
  }
  const status = STATUSES.find((known) => known === raw.status) ?? "active";
  return {
    page: {
      displayName: isSpelling(raw.displayName) ? raw.displayName : project,
      serial: raw.serial,
      status,
      statusReason: line(raw.statusReason ?? "") || null,
      files: [...files.values()],
    },
    leftOut,
  };
}

/** Whether pages can have addresses with this name in them. */
function isSpelling(name: string | undefined): name is string {
  return name !== undefined && name.length <= NAME_LIMIT && isValidName(name);
}

/** A serial, which upstreams write as a number or as text. */
export function parseSerial(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,16}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** Throws UpstreamTrouble unless this is a version of the simple API that we can read (PEP 629): 1, with whatever minor. */
export function checkApiVersion(version: unknown, shown: string): void {
  const [, major] = /^(\d{1,9})(?:\.\d{1,9})?$/.exec(String(version).trim()) ?? [];
  if (major === undefined) throw new UpstreamTrouble("not-an-index-page", `${shown} is no page of an index.`);
  if (Number(major) !== 1) {
    throw new UpstreamTrouble("invalid", `${shown} is of version ${major} of the simple API, which is not known here.`);
  }
}
