import type { Generated, JSONColumnType } from "kysely";
import type { ProjectStatus, ReleaseMetadata } from "../indexes/index.ts";

type StoredMetadata = Omit<ReleaseMetadata, "description" | "requiresPython">;

declare module "../platform/db/tables.ts" {
  interface Tables {
    projects: {
      id: Generated<string>;
      index_id: string;
      name: string;
      normalized_name: string;
      ultra_name: string;
      status: Generated<ProjectStatus>;
      status_reason: string | null;
      last_serial: Generated<number>;
      revision: Generated<number>;
      total_size: Generated<number>;
      file_size_limit: number | null;
      total_size_limit: number | null;
      created_at: Temporal.Instant;
    };
    releases: {
      id: Generated<string>;
      project_id: string;
      version: string;
      canonical_version: string;
      position: number;
      is_prerelease: boolean;
      is_yanked: Generated<boolean>;
      yanked_reason: Generated<string>;
      is_quarantined: Generated<boolean>;
      requires_python: string | null;
      description: string;
      metadata_received: JSONColumnType<Readonly<Record<string, readonly string[]>>>;
      metadata: JSONColumnType<StoredMetadata>;
      created_at: Temporal.Instant;
      created_by: string | null;
    };
    roles: {
      actor_id: string;
      resource_kind: "project" | "index";
      resource_id: string;
      role: "owner" | "maintainer" | "reader" | "uploader";
      granted_at: Generated<Temporal.Instant>;
    };
    files: {
      id: Generated<string>;
      index_id: string;
      project_id: string;
      release_id: string;
      filename: string;
      blob: Buffer;
      metadata_blob: Buffer | null;
      packagetype: string;
      python_version: string;
      comment_text: string | null;
      uploaded_at: Temporal.Instant;
      first_seen_at: Temporal.Instant;
      uploaded_by: string | null;
      uploaded_via: string | null;
    };
  }
}
