import { isTarStart } from "./archive-kind.ts";
import type { Bytes } from "./bytes.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import {
  type ArchiveOptions,
  bothKinds,
  InvalidArchive,
  MAX_MEMBERS,
  MAX_METADATA,
  MAX_NAMES,
  NotAccepted,
  tarUnreadable,
  wrapNotAccepted,
} from "./invalid-archive.ts";
import { CommonPath, checkMemberName } from "./member-paths.ts";
import { createLinkGuard } from "./tar-links.ts";
import { type TarMember, tarMembers } from "./tar-members.ts";
import { openCheckedZip } from "./zip-archive.ts";
import { looksLikeZip } from "./zip-end.ts";

/** What an index takes from a source distribution (PEP 625). */
export interface SdistContents {
  readonly kind: "sdist";
  /** The folder that holds everything; need not be `{name}-{version}`. */
  readonly top: string;
  /** `{top}/PKG-INFO` as it stands in the archive. */
  readonly pkgInfo: Uint8Array;
  /** Names of all members, folders without their slash. */
  readonly memberNames: ReadonlySet<string>;
}

/**
 * Reads a source distribution (PEP 625, and `.zip` ones of the past) with every check of upload.md A1–A6 and A12–A16, in
 * their order, without unpacking it: memory stays below a few megabytes beside the names. Throws InvalidArchive.
 */
export async function readSdist(bytes: Bytes, filename: string, options: ArchiveOptions): Promise<SdistContents> {
  return filename.toLowerCase().endsWith(".zip") ? readZipSdist(bytes, options) : readTarSdist(bytes, options);
}

/** upload.md §14.5: every license file of the metadata is in the archive. Throws InvalidArchive, `check` `members`. */
export function checkSdistLicenseFiles(sdist: SdistContents, filename: string, licenseFiles: readonly string[]): void {
  for (const file of licenseFiles) {
    const path = `${sdist.top}/${file}`;
    if (!sdist.memberNames.has(path)) throw licenseFileMissing(file, filename, path);
  }
}

/** The sentence both kinds of distributions use. */
export function licenseFileMissing(file: string, filename: string, path: string): InvalidArchive {
  const message = `License-File ${file} does not exist in distribution file ${filename} at ${path}`;
  return new InvalidArchive("license_file_missing", message, { check: "members" });
}

async function readTarSdist(bytes: Bytes, options: ArchiveOptions): Promise<SdistContents> {
  const isTar = await isTarStart(bytes);
  if (isTar && (await looksLikeZip(bytes))) throw bothKinds();
  if (!isTar) throw new InvalidArchive("not_a_tar", "File is not a tarfile");
  if (!isGzip(await bytes.read(0, 2))) throw tarUnreadable();
  return wrapNotAccepted("tar", options, () => collect(tarMembers(gunzip(bytes))));
}

async function collect(members: AsyncGenerator<TarMember>): Promise<SdistContents> {
  const memberNames = new Set<string>();
  const common = new CommonPath();
  const links = createLinkGuard();
  let namesLength = 0;
  let found: { readonly folder: string; readonly contents: Uint8Array | undefined } | undefined;
  for await (const member of members) {
    if (member.isSparse) throw new NotAccepted("Sparse members are not allowed");
    checkMemberName(member.name);
    links.add(member);
    namesLength += member.name.length + member.linkName.length;
    memberNames.add(member.name);
    if (memberNames.size > MAX_MEMBERS || namesLength > MAX_NAMES) throw new NotAccepted("Too many members");
    common.add(member.name);
    const folder = folderOfPkgInfo(member.name);
    // Only where it may still prove to be the top folder's; of two with one name the later wins, as when unpacked.
    if (folder !== undefined && common.isWithin(folder)) found = { folder, contents: await readPkgInfo(member) };
  }
  const top = common.path;
  if (top === "") throw wrongTop();
  const pkgInfo = found?.folder === top ? found.contents : undefined;
  if (pkgInfo === undefined) throw noPkgInfo(top);
  links.check();
  return { kind: "sdist", top, pkgInfo, memberNames };
}

/** `./d/PKG-INFO` does not count as `d/PKG-INFO`: the name has to be exact. */
function folderOfPkgInfo(name: string): string | undefined {
  return name.endsWith("/PKG-INFO") ? name.slice(0, -"/PKG-INFO".length) : undefined;
}

async function readPkgInfo(member: TarMember): Promise<Uint8Array | undefined> {
  if (member.kind !== "file") return undefined;
  if (member.size > MAX_METADATA) throw new NotAccepted("PKG-INFO is too large");
  return Uint8Array.from(await member.read());
}

async function readZipSdist(bytes: Bytes, options: ArchiveOptions): Promise<SdistContents> {
  let top = "";
  const archive = await openCheckedZip(bytes, options, ({ entries }) => {
    const common = new CommonPath();
    for (const name of entries.keys()) common.add(name);
    top = common.path;
    if (top === "") throw wrongTop();
    if (!entries.has(`${top}/PKG-INFO`)) throw noPkgInfo(top);
  });
  const pkgInfo = await archive.read(`${top}/PKG-INFO`, MAX_METADATA);
  if (pkgInfo === undefined) throw noPkgInfo(top);
  const memberNames = new Set([...archive.entries.keys()].map((name) => name.replace(/\/$/, "")));
  return { kind: "sdist", top, pkgInfo, memberNames };
}

function wrongTop(): InvalidArchive {
  return new InvalidArchive("top_level_directories", "Incorrect number of top-level directories in sdist");
}

function noPkgInfo(top: string): InvalidArchive {
  return new InvalidArchive("pkg_info_missing", `PKG-INFO not found at ${top}/PKG-INFO`);
}
