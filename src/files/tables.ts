import type { Generated } from "kysely";

export type BlobState = "stored" | "lost" | "deleted";

declare module "../platform/db/tables.ts" {
  interface Tables {
    blobs: {
      blake2b: Buffer;
      sha256: Buffer;
      md5: Buffer;
      size: number;
      state: Generated<BlobState>;
      created_at: Generated<Temporal.Instant>;
    };
    used_filenames: {
      index_id: string;
      filename: string;
      blob: Buffer;
      metadata_blob: Buffer | null;
      first_used_at: Temporal.Instant;
    };
  }
}
