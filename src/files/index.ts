/** Files: bytes kept once per content, the rows that know them, and what their addresses answer. */
export {
  type BlobEntry,
  type BlobVerdict,
  isForgotten,
  listBlobs,
  markFound,
  markLost,
  sweepOrphans,
  verifyBlob,
} from "./check-blobs.ts";
export { markDeleted, removeDeleted } from "./delete-blobs.ts";
export type { Elsewhere, FoundElsewhere } from "./elsewhere.ts";
export { type FileAddress, parseFileAddress } from "./file-address.ts";
export { wholeFile } from "./file-answer.ts";
export { type BlobRegister, createBlobRegister, insertBlob } from "./insert-blob.ts";
export { sweepOrphansJob } from "./jobs.ts";
export type { BlobRow } from "./queries.ts";
export { createServeFiles, type ServeFiles } from "./serve-files.ts";
