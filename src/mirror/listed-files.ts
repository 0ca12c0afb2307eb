import type { NormalizedName } from "../packaging-standards/index.ts";
import { distributionOf } from "./distribution-of.ts";
import type { ListedFile } from "./upstream-page.ts";

/** A file as a page has it, in either form, before anything is believed. */
export interface RawFile {
  readonly filename: string;
  /** As written: may be relative, may have a fragment. */
  readonly url: string;
  readonly hashes: Readonly<Record<string, string>>;
  readonly size?: number | undefined;
  readonly uploadTime?: string | undefined;
  readonly requiresPython?: string | undefined;
  /** The reason, empty where none is given; undefined when it is not yanked. */
  readonly yanked?: string | undefined;
  readonly hasMetadata: boolean;
  readonly metadataHashes: Readonly<Record<string, string>>;
  readonly provenance?: string | undefined;
}

/** Why a file of a page is left out. */
export type Fault =
  | "not a file of this project"
  | "bad address"
  | "not https"
  | "bad digest"
  | "listed twice"
  | "malformed";

const URL_LIMIT = 4096;
const TEXT_LIMIT = 4096;

/** Hex digits of the digests that pages carry (hashlib's names). */
const DIGEST_LENGTHS: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  sha3_224: 56,
  sha3_256: 64,
  sha3_384: 96,
  sha3_512: 128,
  blake2s: 64,
  blake2b: 128,
};

/** Checks one file of a page of `project`; addresses are relative to `base`, which is the page's unless it says otherwise. */
export function checkFile(raw: RawFile, project: NormalizedName, base: URL, page: URL): ListedFile | Fault {
  const { filename } = raw;
  if (distributionOf(project, filename) === undefined) return "not a file of this project";
  const url = raw.url.length > URL_LIMIT ? null : URL.parse(raw.url, base);
  if (!url || !/^https?:$/.test(url.protocol) || url.href.length > URL_LIMIT) return "bad address";
  if (page.protocol === "https:" && url.protocol === "http:") return "not https";
  // What opens the upstream is known from its setting; nothing that a page says may be a secret of ours.
  url.username = "";
  url.password = "";
  url.hash = "";
  const hashes = checkHashes(raw.hashes);
  if (hashes === undefined) return "bad digest";
  return {
    filename,
    url: url.href,
    hashes,
    size: raw.size !== undefined && Number.isSafeInteger(raw.size) && raw.size >= 0 ? raw.size : null,
    uploadedAt: checkTime(raw.uploadTime),
    requiresPython: line(raw.requiresPython ?? "") || null,
    isYanked: raw.yanked !== undefined,
    yankedReason: line(raw.yanked ?? ""),
    hasMetadata: raw.hasMetadata,
    metadataSha256: checkHashes(raw.metadataHashes)?.["sha256"] ?? null,
    provenance: checkProvenance(raw.provenance),
  };
}

/** Undefined when one is broken: a file must not lose its digest. Algorithms that nobody knows are passed over. */
function checkHashes(hashes: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  const good: Record<string, string> = {};
  for (const [name, value] of Object.entries(hashes)) {
    const algorithm = name.toLowerCase();
    const length = Object.hasOwn(DIGEST_LENGTHS, algorithm) ? DIGEST_LENGTHS[algorithm] : undefined;
    if (length === undefined) continue;
    const digest = value.toLowerCase();
    if (digest.length !== length || !/^[0-9a-f]*$/.test(digest)) return undefined;
    good[algorithm] = digest;
  }
  return good;
}

/** ISO 8601 with `Z` or an offset (PEP 700); null for what is none, or not of the years 1 to 9999: PostgreSQL has no year 0. */
function checkTime(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    const printed = Temporal.Instant.from(text.trim()).toString({ fractionalSecondDigits: 6 });
    return /^(?!0000)\d{4}-/.test(printed) ? printed : null;
  } catch {
    return null;
  }
}

function checkProvenance(text: string | undefined): string | null {
  if (text === undefined || text.length > URL_LIMIT) return null;
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
}

/** One line of bounded length. */
export function line(text: string): string {
  return text
    .slice(0, TEXT_LIMIT)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .toWellFormed();
}
