import { findVersion, type NormalizedName, normalizeName, parseWheelFilename } from "../packaging-standards/index.ts";

/** What an uploader would have said of a file, as far as its name tells. */
export interface Distribution {
  /** In the form of PEP 440 where it is a version, as spelled where not, empty where none can be told. */
  readonly version: string;
  readonly packagetype: string;
  readonly pythonVersion: string;
}

/** Bytes that the name of a file may have, and so characters that a project's name may. */
export const NAME_LIMIT = 255;
/** Separators and control characters have no place in a name that becomes the end of an address. */
const UNFIT = /[\p{Cc}\p{Cs}/\\]/u;

/** Kinds of files that indexes took at some time, by their names (distutils, setuptools). The first that fits counts. */
const KINDS: readonly (readonly [pattern: RegExp, packagetype: string, pythonVersion: string])[] = [
  [/^(?<stem>.+?)(?:-py(?<python>\d(?:\.\d+)?)(?:-.+)?)?\.egg$/i, "bdist_egg", "any"],
  [/^(?<stem>.+?)(?:\.(?:win|mac|linux)[\w-]*?)?(?:-py(?<python>\d\.\d+))?\.exe$/i, "bdist_wininst", "any"],
  [/^(?<stem>.+?)(?:\.(?:win|mac|linux)[\w-]*?)?(?:-py(?<python>\d\.\d+))?\.msi$/i, "bdist_msi", "any"],
  [/^(?<stem>.+?)(?:-py(?<python>\d\.\d+))?(?:-macosx.*)?\.dmg$/i, "bdist_dmg", "any"],
  [/^(?<stem>.+?)(?:-\w+)?\.src\.rpm$/i, "bdist_rpm", "source"],
  [/^(?<stem>.+?)(?:-\w+)?\.\w+\.rpm$/i, "bdist_rpm", "any"],
  [/^(?<stem>.+?)\.(?:linux|win|macosx)[-\d][\w.-]*?\.(?:tar\.gz|zip)$/i, "bdist_dumb", "any"],
  [/^(?<stem>.+?)\.(?:tar(?:\.(?:gz|bz2|xz|Z))?|tgz|tbz2?|zip)$/i, "sdist", "source"],
];

/**
 * The distribution that a file in the page of `project` is. Undefined for what is none, and for one of another project, which
 * installers would pass over and nobody shall get by asking for this one.
 */
export function distributionOf(project: NormalizedName, filename: string): Distribution | undefined {
  if (UNFIT.test(filename) || Buffer.byteLength(filename) > NAME_LIMIT) return undefined;
  if (/\.whl$/i.test(filename)) return wheelOf(project, filename);
  for (const [pattern, packagetype, pythonVersion] of KINDS) {
    const { stem, python } = pattern.exec(filename)?.groups ?? {};
    if (stem === undefined) continue;
    const version = versionIn(project, stem);
    return version === undefined ? undefined : { version, packagetype, pythonVersion: python ?? pythonVersion };
  }
  return undefined;
}

function wheelOf(project: NormalizedName, filename: string): Distribution | undefined {
  const parts = filename.slice(0, -".whl".length).split("-");
  const pythonVersion = parts.at(-3) ?? "";
  try {
    const { name, version } = parseWheelFilename(filename);
    return name === project ? { version, packagetype: "bdist_wheel", pythonVersion } : undefined;
  } catch {
    if (parts.length >= 5 && normalizeName(parts[0] ?? "") !== project) return undefined;
    const version = versionIn(project, parts.slice(0, -3).join("-") || parts.join("-"));
    return version === undefined ? undefined : { version, packagetype: "bdist_wheel", pythonVersion };
  }
}

/** What follows the project's name in `stem`; undefined when it is the name of something else. */
function versionIn(project: NormalizedName, stem: string): string | undefined {
  const rest = afterName(project, stem);
  const text = rest ?? stem;
  if (rest !== undefined) {
    const version = findVersion(rest) ?? findVersion(rest.replaceAll("_", "-"));
    if (version !== undefined) return version.text;
    if (/^v?[0-9]/i.test(rest)) return rest;
  }
  // `foo-bar-1.0` in the page of foo is a file of foo-bar.
  return /-v?[0-9]/i.test(text) ? undefined : (rest ?? "");
}

function afterName(project: NormalizedName, stem: string): string | undefined {
  for (let at = stem.indexOf("-"); at >= 0; at = stem.indexOf("-", at + 1)) {
    const name = normalizeName(stem.slice(0, at));
    if (name === project) return stem.slice(at + 1);
    if (name.length > project.length) return undefined;
  }
  return undefined;
}
