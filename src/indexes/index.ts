/** Indexes: their kinds and visibility, where they answer, and the one read model of a project's page. */
export type { Addresses, AddressSettings } from "./addresses.ts";
export { createAddresses } from "./addresses.ts";
export { latestRelease, releaseNamed } from "./choose-release.ts";
export { IndexNotFound } from "./errors.ts";
export { createKnownIndexes, type KnownIndexes } from "./known-indexes.ts";
export type {
  FileEntry,
  HostedFile,
  HostedPage,
  ProjectPage,
  ProjectStatus,
  ReleaseEntry,
  ReleaseMetadata,
  RoleEntry,
  UpstreamFacts,
  UpstreamFile,
} from "./project-page.ts";
export { addressDigest, listedFiles, requiresPythonOf, yankOf } from "./project-page.ts";
export type { Index, IndexState } from "./queries.ts";
export { findIndex, getCatalogueId, getIndex, setVisibility } from "./queries.ts";
export type { Freshness, ProjectLine, ProjectSource, Source, SourcedPage } from "./sources.ts";
