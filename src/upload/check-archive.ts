import {
  type Bytes,
  checkSdistLicenseFiles,
  findVersion,
  InvalidArchive,
  metadataNameAndVersion,
  normalizeName,
  openWheel,
  parseCoreMetadataFile,
  readSdist,
  readWheelContents,
} from "../packaging-standards/index.ts";
import { checkSdistFilename, checkWheelFilename, type Declared } from "./check-filename.ts";
import { refuse, type Step } from "./refused.ts";

export interface ArchiveRules {
  readonly localPlatformTags: boolean;
  /** Where the explanation of refused archives stands. */
  readonly archivesUrl: string;
}

/**
 * S26 to S28: the archive is sound, its name fits the form, and it holds what it must. Returns the bytes of METADATA of a
 * wheel, null for an sdist. Nothing is unpacked.
 */
export async function checkArchive(
  bytes: Bytes,
  filename: string,
  declared: Declared,
  licenseFiles: readonly string[],
  rules: ArchiveRules,
): Promise<Uint8Array | null> {
  const step: Step = declared.filetype === "sdist" ? "S27 sdist" : "S28 wheel";
  try {
    if (declared.filetype === "sdist") {
      const sdist = await readSdist(bytes, filename, { archivesUrl: rules.archivesUrl });
      checkSdistFilename(filename, declared);
      checkSdistLicenseFiles(sdist, filename, licenseFiles);
      checkMetadataFile(sdist.pkgInfo, "PKG-INFO", declared, step);
      return null;
    }
    const wheel = await openWheel(bytes, filename, { archivesUrl: rules.archivesUrl });
    checkWheelFilename(filename, declared, rules);
    const { metadata } = await readWheelContents(wheel, licenseFiles);
    checkMetadataFile(metadata, "METADATA", declared, step);
    return metadata;
  } catch (error) {
    if (!(error instanceof InvalidArchive)) throw error;
    if (error.check === "archive") refuse("S26 archive", `Invalid distribution file. ${error.message}`);
    refuse(step, error.message);
  }
}

/** Ours: what installers will read inside the archive names the same project and version as the form. */
function checkMetadataFile(contents: Uint8Array, where: string, { name, version }: Declared, step: Step): void {
  const inside = metadataNameAndVersion(parseCoreMetadataFile(contents));
  if (inside.name === undefined || normalizeName(inside.name) !== name) {
    refuse(step, `${where} in the archive names the project '${inside.name ?? ""}', the form '${name}'.`);
  }
  const insideVersion = inside.version === undefined ? undefined : findVersion(inside.version);
  if (insideVersion?.canonical !== findVersion(version)?.canonical) {
    refuse(step, `${where} in the archive has the version '${inside.version ?? ""}', the form '${version}'.`);
  }
}
