// The door of packaging-standards: what the Python packaging standards say, as pure functions that import nothing of ours.
export { type Bytes, bytesOfBuffer, bytesOfFile } from "./archives/bytes.ts";
export { type ArchiveOptions, InvalidArchive, type InvalidArchiveCode } from "./archives/invalid-archive.ts";
export { checkSdistLicenseFiles, readSdist, type SdistContents } from "./archives/sdist.ts";
export {
  openWheel,
  readWheel,
  readWheelContents,
  readWheelMetadata,
  type Wheel,
  type WheelContents,
} from "./archives/wheel.ts";
export { compareParsedVersions, compareVersions, sortVersions } from "./compare-versions.ts";
export type { CoreMetadata } from "./core-metadata.ts";
export { type CoreMetadataFile, metadataNameAndVersion, parseCoreMetadataFile } from "./core-metadata-file.ts";
export {
  InvalidLicenseExpression,
  InvalidName,
  InvalidRequirement,
  InvalidSdistFilename,
  InvalidSpecifier,
  InvalidText,
  InvalidVersion,
  InvalidWheelFilename,
} from "./errors.ts";
export { canonicalizeLicenseExpression } from "./license-expression.ts";
export { type Marker, type MarkerOperator, type MarkerValue, printMarker } from "./marker.ts";
export { filterVersions, matchesSpecifiers, type PrereleaseRule } from "./match-specifier.ts";
export {
  isValidName,
  type NormalizedName,
  nameInFilename,
  normalizeName,
  parseName,
  type UltraName,
  ultraName,
} from "./names.ts";
export { isLocalPlatform, isPortablePlatform } from "./platform-tags.ts";
export { pythonListRepr, pythonRepr } from "./python-repr.ts";
export { normalizeRequirement, parseRequirement, printRequirement, type Requirement } from "./requirement.ts";
export { parseSdistFilename, type SdistFilename, sdistFilename } from "./sdist-filename.ts";
export {
  isSpecifierSet,
  parseSpecifierSet,
  type Specifier,
  type SpecifierOperator,
  type SpecifierSet,
} from "./specifier.ts";
export { isStandardLibraryName } from "./standard-library.ts";
export { abiTagLabel, platformTagLabel, pythonTagLabel } from "./tag-labels.ts";
export { inListOrder } from "./upload-form/classifiers.ts";
export { type Fault, type FormLinks, InvalidForm, InvalidMetadata } from "./upload-form/fault.ts";
export { formOfMetadata } from "./upload-form/form-of-metadata.ts";
export { type IndexRules, splitProjectUrl } from "./upload-form/index-rules.ts";
export { titleCase } from "./upload-form/metadata-fields.ts";
export {
  cleanFields,
  type FormFields,
  type UploadForm,
  type UploadFormRules,
  validateUploadForm,
} from "./upload-form/validate-upload-form.ts";
export {
  type CanonicalVersion,
  type Count,
  canonicalizeVersion,
  findVersion,
  isVersion,
  MAX_VERSION_LENGTH,
  normalizeVersion,
  type ParsedVersion,
  parseVersion,
  type Version,
  type VersionParts,
} from "./version.ts";
export { parseWheelFilename, type WheelFilename, wheelTags } from "./wheel-filename.ts";
