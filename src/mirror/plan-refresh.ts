import type { Distribution } from "./distribution-of.ts";
import { storable, storableOrNull } from "./storable.ts";
import { addressOfOtherBytes, upstreamAddress } from "./upstream-address.ts";
import type { ListedFile } from "./upstream-page.ts";

/** What a row of `upstream_files` says of a file. Digests are lower-case hex, times as in ListedFile. */
export interface FileRow extends Distribution {
  readonly address: string;
  readonly filename: string;
  readonly isListed: boolean;
  readonly url: string;
  readonly sha256: string | null;
  readonly otherHashes: Readonly<Record<string, string>>;
  readonly size: number | null;
  readonly uploadedAt: string | null;
  readonly requiresPython: string | null;
  readonly isYanked: boolean;
  readonly yankedReason: string;
  readonly hasMetadata: boolean;
  readonly metadataSha256: string | null;
  readonly provenance: string | null;
}

/** A row that is there already, with what it says of bytes that are kept here. */
export interface KnownFile {
  readonly row: FileRow;
  readonly isKept: boolean;
  readonly isMetadataKept: boolean;
}

export interface Plan {
  readonly added: readonly FileRow[];
  readonly changed: readonly FileRow[];
  /** Rows that the upstream lists no longer. */
  readonly vanished: readonly Pick<FileRow, "address" | "filename">[];
  /** Whether any page will look different for other reasons than files that are added. */
  readonly isVisible: boolean;
  /** Files that are listed from now on, and whose bytes are others than those that were listed before under the same name. */
  readonly replaced: readonly { readonly filename: string; readonly before: FileRow; readonly now: FileRow }[];
}

export interface NamedFile {
  readonly listed: ListedFile;
  readonly distribution: Distribution;
}

/** What has to be written so that `known` says what an upstream lists. File names of `listed` are different from each other. */
export function planRefresh(known: readonly KnownFile[], listed: readonly NamedFile[]): Plan {
  const knownByName = Map.groupBy(known, ({ row }) => row.filename);
  const found = new Set<KnownFile>();
  const added: FileRow[] = [];
  const changed: FileRow[] = [];
  const replaced: Plan["replaced"][number][] = [];
  let isVisible = false;
  for (const file of listed) {
    const candidates = knownByName.get(file.listed.filename) ?? [];
    const address = upstreamAddress(file.listed);
    const before = findSame(candidates, file.listed, address);
    const isTaken = candidates.some((candidate) => candidate.row.address === address);
    const row = before ? mergedRow(before, file) : newRow(file, isTaken ? addressOfOtherBytes(file.listed) : address);
    if (before === undefined) added.push(row);
    else {
      found.add(before);
      const isChanged = shownChanged(before.row, row);
      isVisible ||= isChanged;
      if (isChanged || unseenChanged(before.row, row)) changed.push(row);
    }
    const other = candidates.find((candidate) => hasOtherBytes(candidate.row, file.listed));
    if (other !== undefined && !before?.row.isListed) {
      replaced.push({ filename: row.filename, before: other.row, now: row });
    }
  }
  const vanished = known.filter((file) => file.row.isListed && !found.has(file)).map(({ row }) => row);
  return { added, changed, vanished, replaced, isVisible: isVisible || vanished.length > 0 };
}

/** The row of the same bytes, though they may have moved; or of the same place, while nothing speaks against its being the same. */
function findSame(candidates: readonly KnownFile[], listed: ListedFile, address: string): KnownFile | undefined {
  const fitting = candidates
    .filter(({ row }) => !hasOtherBytes(row, listed))
    .toSorted((a, b) => Number(b.row.isListed) - Number(a.row.isListed));
  const sha256 = listed.hashes["sha256"];
  return (
    fitting.find(({ row }) => row.address === address) ??
    fitting.find(({ row }) => row.sha256 !== null && row.sha256 === sha256) ??
    fitting.find(({ row }) => row.url === listed.url)
  );
}

/** Whether a digest that both sides give differs. */
function hasOtherBytes({ sha256, otherHashes }: FileRow, { hashes }: ListedFile): boolean {
  const known = { ...otherHashes, ...(sha256 !== null && { sha256 }) };
  return Object.entries(known).some(([algorithm, digest]) => (hashes[algorithm] ?? digest) !== digest);
}

function newRow({ listed, distribution }: NamedFile, address: string): FileRow {
  const { sha256 = null, ...otherHashes } = listed.hashes;
  return {
    version: storable(distribution.version),
    packagetype: distribution.packagetype,
    pythonVersion: storable(distribution.pythonVersion),
    address,
    filename: listed.filename,
    isListed: true,
    url: storable(listed.url),
    sha256,
    otherHashes,
    size: listed.size,
    uploadedAt: listed.uploadedAt,
    requiresPython: storableOrNull(listed.requiresPython),
    isYanked: listed.isYanked,
    yankedReason: listed.isYanked ? storable(listed.yankedReason) : "",
    hasMetadata: listed.hasMetadata,
    metadataSha256: listed.metadataSha256,
    provenance: storableOrNull(listed.provenance),
  };
}

/**
 * The known row with what the upstream says now. What it leaves out (it may have answered in HTML this time) stays known, and
 * what was measured here is believed more than the upstream.
 */
function mergedRow({ row: known, isKept, isMetadataKept }: KnownFile, file: NamedFile): FileRow {
  const row = newRow(file, known.address);
  const metadataSha256 = row.metadataSha256 ?? (row.hasMetadata ? known.metadataSha256 : null);
  return {
    ...row,
    sha256: known.sha256 ?? row.sha256,
    otherHashes: { ...row.otherHashes, ...known.otherHashes },
    size: (isKept ? known.size : null) ?? row.size ?? known.size,
    uploadedAt: row.uploadedAt ?? known.uploadedAt,
    metadataSha256: (isMetadataKept ? known.metadataSha256 : null) ?? metadataSha256,
  };
}

/** What pages show of a file, beside an MD5 digest. Where the upstream has it, and other digests, are nobody's business. */
const SHOWN = [
  "isListed",
  "version",
  "packagetype",
  "pythonVersion",
  "sha256",
  "size",
  "uploadedAt",
  "requiresPython",
  "isYanked",
  "yankedReason",
  "hasMetadata",
  "metadataSha256",
  "provenance",
] as const;

function shownChanged(before: FileRow, now: FileRow): boolean {
  return !hasSame(before, now, SHOWN) || before.otherHashes["md5"] !== now.otherHashes["md5"];
}

function unseenChanged(before: FileRow, now: FileRow): boolean {
  return before.url !== now.url || !sameHashes(before.otherHashes, now.otherHashes);
}

function hasSame<Fields extends object>(a: Fields, b: Fields, fields: readonly (keyof Fields)[]): boolean {
  return fields.every((field) => a[field] === b[field]);
}

function sameHashes(a: FileRow["otherHashes"], b: FileRow["otherHashes"]): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && hasSame(a, b, names);
}
