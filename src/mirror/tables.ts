import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { ProjectStatus, ReleaseMetadata } from "../indexes/index.ts";

type Default<T> = ColumnType<T, T | undefined, T>;

declare module "../platform/db/tables.ts" {
  interface Tables {
    upstreams: { index_id: string; url: string; created_at: Generated<Temporal.Instant> };
    upstream_projects: {
      index_id: string;
      normalized_name: string;
      state: "found" | "absent";
      display_name: string;
      status: Default<ProjectStatus>;
      status_reason: string | null;
      upstream_serial: number | null;
      etag: string | null;
      last_modified: string | null;
      last_serial: Default<number>;
      first_seen_at: Temporal.Instant;
      checked_at: Temporal.Instant;
      fresh_until: Temporal.Instant;
      failed_at: Temporal.Instant | null;
      failure: string | null;
    };
    upstream_files: {
      index_id: string;
      normalized_name: string;
      filename: string;
      address: Buffer;
      is_listed: Default<boolean>;
      version: string;
      packagetype: string;
      python_version: string;
      url: string;
      sha256: Buffer | null;
      other_hashes: JSONColumnType<Readonly<Record<string, string>>>;
      size: number | null;
      uploaded_at: Temporal.Instant | null;
      requires_python: string | null;
      is_yanked: Default<boolean>;
      yanked_reason: Default<string>;
      has_metadata: boolean;
      metadata_sha256: Buffer | null;
      lacks_metadata: Default<boolean>;
      provenance: string | null;
      first_seen_at: Temporal.Instant;
      is_baseline: boolean;
      blob: Buffer | null;
      metadata_blob: Buffer | null;
      last_used_at: Temporal.Instant | null;
    };
    upstream_releases: {
      index_id: string;
      normalized_name: string;
      version: string;
      metadata: JSONColumnType<Omit<ReleaseMetadata, "description">>;
      description: string;
      fetched_at: Temporal.Instant;
    };
  }
}
