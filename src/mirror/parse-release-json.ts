import { z } from "zod";
import type { ReleaseMetadata } from "../indexes/index.ts";
import { findVersion, type NormalizedName, normalizeName } from "../packaging-standards/index.ts";

const text = z.string().nullish().catch(null);
const list = z.array(z.string()).nullish().catch(null);

/** `info` of the JSON API's document of a release. */
const release = z.object({
  info: z.object({
    name: z.string(),
    version: z.string(),
    author: text,
    author_email: text,
    maintainer: text,
    maintainer_email: text,
    summary: text,
    description: text,
    description_content_type: text,
    keywords: text,
    license: text,
    license_expression: text,
    license_files: list,
    classifiers: list,
    dynamic: list,
    home_page: text,
    download_url: text,
    platform: text,
    project_urls: z.record(z.string(), z.string()).nullish().catch(null),
    provides_extra: list,
    requires_dist: list,
    requires_python: text,
  }),
});

/** Core metadata from the JSON API's document of a release; undefined where this is none, or one of another release. */
export function parseReleaseJson(
  document: unknown,
  project: NormalizedName,
  version: string,
): ReleaseMetadata | undefined {
  const { success, data } = release.safeParse(document);
  if (!success) return undefined;
  const { info } = data;
  if (normalizeName(info.name) !== project || !isSameVersion(info.version, version)) return undefined;
  const orNull = (value: string | null | undefined) => value ?? null;
  return {
    author: orNull(info.author),
    authorEmail: orNull(info.author_email),
    maintainer: orNull(info.maintainer),
    maintainerEmail: orNull(info.maintainer_email),
    summary: orNull(info.summary),
    description: info.description ?? "",
    descriptionContentType: orNull(info.description_content_type),
    keywords: orNull(info.keywords),
    license: orNull(info.license),
    licenseExpression: orNull(info.license_expression),
    licenseFiles: info.license_files ?? [],
    classifiers: info.classifiers ?? [],
    dynamic: info.dynamic ?? [],
    homePage: orNull(info.home_page),
    downloadUrl: orNull(info.download_url),
    platform: orNull(info.platform),
    projectUrls: projectUrls(info),
    providesExtra: info.provides_extra ?? [],
    requiresDist: info.requires_dist ?? [],
    requiresPython: orNull(info.requires_python),
  };
}

function isSameVersion(one: string, other: string): boolean {
  return one === other || (findVersion(one)?.canonical ?? one) === (findVersion(other)?.canonical ?? other);
}

/** As declared: the document repeats the home page and the download address among them, by labels of its own. */
function projectUrls(info: z.infer<typeof release>["info"]): (readonly [label: string, url: string])[] {
  const isRepeated = (label: string, url: string) =>
    (label === "Homepage" && url === info.home_page) || (label === "Download" && url === info.download_url);
  return Object.entries(info.project_urls ?? {})
    .filter(([label, url]) => !isRepeated(label, url))
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}
