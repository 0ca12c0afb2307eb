import { isTarStart } from "./archive-kind.ts";
import type { Bytes } from "./bytes.ts";
import {
  type ArchiveOptions,
  bothKinds,
  decompressedLimit,
  InvalidArchive,
  NotAccepted,
  tooCompressed,
  wrapNotAccepted,
  zipUnreadable,
} from "./invalid-archive.ts";
import { checkDistinctPaths, checkMemberName } from "./member-paths.ts";
import { findZipEntry, readZipDirectory, type ZipEntry } from "./zip-directory.ts";
import { findZipEnd, looksLikeZip } from "./zip-end.ts";
import { checkZipFraming } from "./zip-framing.ts";
import { readZipMember } from "./zip-member.ts";

/** A zip whose central directory has been read. */
export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The contents of an entry, undefined when there is none of that name. Throws InvalidArchive beyond `limit` bytes. */
  read(name: string, limit: number): Promise<Uint8Array | undefined>;
}

/**
 * One member by way of the central directory, nothing checked but what reading it takes: for a file that was checked
 * before. Undefined when there is none of that name. Throws InvalidArchive.
 */
export async function readZipMemberNamed(
  bytes: Bytes,
  name: string,
  limit: number,
  options: ArchiveOptions,
): Promise<Uint8Array | undefined> {
  const end = await findZipEnd(bytes);
  if (end === undefined) throw zipUnreadable();
  const entry = await wrapNotAccepted("ZIP", options, () => findZipEntry(bytes, end, name));
  return entry && readZipMember(bytes, entry, limit);
}

/**
 * Opens a zip with every check that does not depend on what it is for, in the order of upload.md's A1–A11. `beforeFraming`
 * is where the checks of a wheel or a source distribution stand in that order.
 */
export async function openCheckedZip(
  bytes: Bytes,
  options: ArchiveOptions,
  beforeFraming: (archive: ZipArchive) => void,
): Promise<ZipArchive> {
  if (!(await looksLikeZip(bytes))) throw new InvalidArchive("not_a_zip", "File is not a zipfile");
  if (await isTarStart(bytes)) throw bothKinds();
  const { directory, prefix } = await readDirectory(bytes, options);
  if (directory.reduce((sum, { size }) => sum + size, 0) > ratioLimit(bytes.size)) throw tooCompressed();
  if (directory.some(({ method }) => method !== 0 && method !== 8)) {
    throw new InvalidArchive("compression_type", "File does not use a supported compression type");
  }
  const archive = archiveOf(bytes, directory);
  beforeFraming(archive);
  await wrapNotAccepted("ZIP", options, async () => {
    await checkZipFraming(bytes, directory, prefix);
    for (const entry of directory) checkMember(entry);
    checkDistinctPaths(archive.entries);
  });
  return archive;
}

/** Both 64 MiB and 50 times the archive have to be exceeded. */
function ratioLimit(archiveSize: number): number {
  return Math.max(decompressedLimit(0), 50 * archiveSize);
}

async function readDirectory(
  bytes: Bytes,
  options: ArchiveOptions,
): Promise<{ readonly directory: readonly ZipEntry[]; readonly prefix: number }> {
  const end = await findZipEnd(bytes);
  if (end === undefined) throw zipUnreadable();
  const directory = await wrapNotAccepted("ZIP", options, () => readZipDirectory(bytes, end));
  return { directory, prefix: end.prefix };
}

function archiveOf(bytes: Bytes, directory: readonly ZipEntry[]): ZipArchive {
  const entries = new Map(directory.map((entry) => [entry.name, entry]));
  return {
    entries,
    read: async (name, limit) => {
      const entry = entries.get(name);
      return entry && readZipMember(bytes, entry, limit);
    },
  };
}

function checkMember(entry: ZipEntry): void {
  checkMemberName(entry.name);
  if (entry.method === 0 && entry.size !== entry.compressedSize) throw new NotAccepted("Mis-matched file size");
}
