/** Projects, their releases and files, who may change them, and the acts that do. */
export type { Mark, ProjectChanges, Target } from "./change-project.ts";
export { createProjectChanges } from "./change-project.ts";
export { createHostedSource } from "./hosted-source.ts";
export { findReleaseMetadata, readProjectPage } from "./page-queries.ts";
export type { Publication, StoredBytes, Uploader } from "./publication.ts";
export type { BytesRegister, Publish } from "./publish.ts";
export { createPublish } from "./publish.ts";
export { rebuildPage } from "./state.ts";
