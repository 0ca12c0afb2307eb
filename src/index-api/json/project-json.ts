import {
  type Addresses,
  type FileEntry,
  type ProjectPage,
  type ReleaseEntry,
  type ReleaseMetadata,
  requiresPythonOf,
  yankOf,
} from "../../indexes/index.ts";
import { jsonTime } from "../json-time.ts";
import { metadataValue } from "../metadata-value.ts";
import { SortedObject, sortedJson } from "./sorted-json.ts";

export interface JsonContext {
  readonly addresses: Addresses;
  readonly index: string;
}

/** JSON API of a project (with `releases`) or of one release (without), as the reference prints it, newline at the end. */
export function projectJson(
  page: ProjectPage,
  shown: ReleaseEntry,
  metadata: ReleaseMetadata,
  context: JsonContext,
  withReleases: boolean,
): Buffer {
  const visible = page.releases.filter((release) => !release.isQuarantined);
  const filesOf = new Map(visible.map((release) => [release.version, [] as string[]]));
  const releaseOf = new Map(visible.map((release) => [release.version, release]));
  for (const file of page.files) {
    const release = releaseOf.get(file.version);
    if (release && (withReleases || release === shown)) {
      filesOf.get(file.version)?.push(sortedJson(fileObject(file, release, context)));
    }
  }
  const list = (files: readonly string[] | undefined) => `[${(files ?? []).join(",")}]`;
  const releases = [...filesOf].map(([version, files]) => [version, list(files)] as const);
  const body = new SortedObject([
    ["info", sortedJson(info(page, shown, metadata, context))],
    ["last_serial", String(page.serial)],
    ["ownership", sortedJson(ownership(page))],
    ...(withReleases ? ([["releases", new SortedObject(releases).toString()]] as const) : []),
    ["urls", list(filesOf.get(shown.version))],
    ["vulnerabilities", "[]"],
  ]);
  return Buffer.from(`${body}\n`);
}

function ownership(page: ProjectPage) {
  return {
    organization: null,
    roles: page.roles.map(({ user, role }) => ({ role: role === "owner" ? "Owner" : "Maintainer", user })),
  };
}

const orNull = <T>(list: readonly T[]) => (list.length === 0 ? null : list);

function info(page: ProjectPage, shown: ReleaseEntry, metadata: ReleaseMetadata, { addresses, index }: JsonContext) {
  const projectUrl = addresses.absolute(addresses.project(index, page.displayName));
  return {
    author: metadata.author,
    author_email: metadata.authorEmail,
    bugtrack_url: null,
    classifiers: metadata.classifiers,
    description: metadata.description,
    description_content_type: metadata.descriptionContentType,
    docs_url: null,
    download_url: metadata.downloadUrl,
    downloads: { last_day: -1, last_month: -1, last_week: -1 },
    dynamic: orNull(metadata.dynamic),
    home_page: metadata.homePage,
    keywords: metadata.keywords,
    license: metadata.license,
    license_expression: metadata.licenseExpression,
    license_files: orNull(metadata.licenseFiles),
    maintainer: metadata.maintainer,
    maintainer_email: metadata.maintainerEmail,
    name: page.displayName,
    package_url: projectUrl,
    platform: metadata.platform,
    project_url: projectUrl,
    project_urls: projectUrls(metadata),
    provides_extra: orNull(metadata.providesExtra),
    release_url: addresses.absolute(addresses.project(index, page.displayName, shown.version)),
    requires_dist: orNull(metadata.requiresDist),
    requires_python: metadata.requiresPython,
    summary: metadata.summary,
    version: shown.version,
    yanked: shown.isYanked,
    yanked_reason: shown.isYanked ? shown.yankedReason || null : null,
  };
}

/** Declared addresses with home page and download first; a label that only repeats one of these two is dropped (PEP 753). */
function projectUrls(metadata: ReleaseMetadata): SortedObject | null {
  const urls = new Map<string, string>();
  if (metadata.homePage) urls.set("Homepage", metadata.homePage);
  if (metadata.downloadUrl) urls.set("Download", metadata.downloadUrl);
  for (const [label, url] of metadata.projectUrls) {
    const wellKnown = label.replace(/[!-/:-@[-`{-~\s]/g, "").toLowerCase();
    if (wellKnown === "homepage" && url === metadata.homePage) continue;
    if (wellKnown === "downloadurl" && url === metadata.downloadUrl) continue;
    urls.set(label, url);
  }
  return urls.size === 0 ? null : new SortedObject([...urls].map(([label, url]) => [label, JSON.stringify(url)]));
}

function fileObject(file: FileEntry, release: ReleaseEntry, { addresses, index }: JsonContext) {
  const yank = yankOf(file, release);
  return {
    comment_text: file.comment,
    "core-metadata": metadataValue(file),
    digests: { blake2b_256: file.blake2b, md5: file.md5, sha256: file.sha256 },
    downloads: -1,
    filename: file.filename,
    has_sig: false,
    md5_digest: file.md5,
    packagetype: file.packagetype,
    python_version: file.pythonVersion,
    requires_python: requiresPythonOf(file, release),
    size: file.size,
    upload_time: file.uploadedAt?.slice(0, 19) ?? null,
    upload_time_iso_8601: file.uploadedAt === null ? null : jsonTime(file.uploadedAt),
    url: addresses.absoluteFile(index, file),
    yanked: yank !== undefined,
    yanked_reason: yank || null,
  };
}
