/** Indexes: their kinds and visibility, where they answer, and the one read model of a project's page. */
export type { Addresses, AddressSettings } from "./addresses.ts";
export { createAddresses } from "./addresses.ts";
export {
  type AskedFile,
  type Catalogue,
  createCatalogue,
  type FoundPage,
} from "./catalogue.ts";
export { latestRelease, releaseNamed } from "./choose-release.ts";
export { type Claim, claimNames, claimStatement, listClaims, releaseClaim } from "./claim-queries.ts";
export { type ClaimPattern, claimsOf, parseClaim } from "./claims.ts";
export { compositionKey, hostedIds, scopeOf } from "./composition.ts";
export { createIndex, type IndexRequest, setMembers } from "./create-index.ts";
export { IndexNotFound } from "./errors.ts";
export { createKnownIndexes, type KnownIndexes } from "./known-indexes.ts";
export { isMadePrivate, listMembers, lockIndex, setKind } from "./manage-queries.ts";
export { type Exemption, endExemption, exempt, listExemptions } from "./policies/exemption-queries.ts";
export { createPolicies, type Policies } from "./policies/policies.ts";
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
export { addressDigest, emptyMetadata, listedFiles, requiresPythonOf, yankOf } from "./project-page.ts";
export type { Index, IndexState } from "./queries.ts";
export { findIndex, getCatalogueId, getIndex, listIndexes, readLastSerial, setVisibility } from "./queries.ts";
export {
  type IndexParams,
  indexPrefixes,
  type ReadGate,
  refusalHeaders,
  visibilityHeaders,
  visibilityVary,
} from "./read-gate.ts";
export type { Freshness, HostedSource, Keeper, ProjectLine, ProjectSource, Source, SourcedPage } from "./sources.ts";
