import "./tables.ts";
import { sql } from "kysely";
import type { ProjectStatus, ReleaseEntry } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";

/** A project's row, locked or not. */
export interface Project {
  readonly id: string;
  readonly displayName: string;
  readonly name: string;
  readonly status: ProjectStatus;
  readonly statusReason: string | null;
  readonly totalSize: number;
  readonly fileSizeLimit: number | null;
  readonly totalSizeLimit: number | null;
}

export interface Release extends ReleaseEntry {
  readonly id: string;
  readonly canonicalVersion: string;
  readonly createdAt: Temporal.Instant;
}

function selectProject(db: Db, indexId: string, name: string) {
  return db
    .selectFrom("projects")
    .select([
      "id",
      "name as displayName",
      "normalized_name as name",
      "status",
      "status_reason as statusReason",
      "total_size as totalSize",
      "file_size_limit as fileSizeLimit",
      "total_size_limit as totalSizeLimit",
    ])
    .where("index_id", "=", indexId)
    .where("normalized_name", "=", name);
}

export function findProject(db: Db, indexId: string, name: string): Promise<Project | undefined> {
  return selectProject(db, indexId, name).executeTakeFirst();
}

/** The same, and whoever else wants to change this project waits until this transaction ends. */
export function lockProject(db: Db, indexId: string, name: string): Promise<Project | undefined> {
  return selectProject(db, indexId, name).forUpdate().executeTakeFirst();
}

export async function updateProject(
  db: Db,
  projectId: string,
  change: { displayName?: string; status?: ProjectStatus; statusReason?: string | null; addedBytes?: number },
): Promise<void> {
  await db
    .updateTable("projects")
    .set({
      ...(change.displayName !== undefined && { name: change.displayName }),
      ...(change.status !== undefined && { status: change.status }),
      ...(change.statusReason !== undefined && { status_reason: change.statusReason }),
      ...(change.addedBytes !== undefined && { total_size: sql<number>`total_size + ${change.addedBytes}::bigint` }),
    })
    .where("id", "=", projectId)
    .execute();
}

export async function deleteProjectRow(db: Db, projectId: string): Promise<void> {
  await db.deleteFrom("roles").where("resource_kind", "=", "project").where("resource_id", "=", projectId).execute();
  await db.deleteFrom("projects").where("id", "=", projectId).execute();
}

/** Every release of a project, in version order. */
export function listReleases(db: Db, projectId: string): Promise<Release[]> {
  return db
    .selectFrom("releases")
    .select([
      "id",
      "version",
      "canonical_version as canonicalVersion",
      "is_prerelease as isPrerelease",
      "is_yanked as isYanked",
      "yanked_reason as yankedReason",
      "is_quarantined as isQuarantined",
      "requires_python as requiresPython",
      "created_at as createdAt",
    ])
    .where("project_id", "=", projectId)
    .orderBy("position")
    .execute();
}

/** Gives the releases of a project their places, first version first. Only rows that move are written. */
export async function placeReleases(db: Db, projectId: string, versions: readonly string[]): Promise<void> {
  await sql`
    update releases r set position = placed.position - 1
    from unnest(${versions}::text[]) with ordinality as placed(version, position)
    where r.project_id = ${projectId}::uuid and r.version = placed.version and r.position <> placed.position - 1
  `.execute(db);
}

export async function yankRelease(db: Db, releaseId: string, reason: string | null): Promise<void> {
  await db
    .updateTable("releases")
    .set({ is_yanked: reason !== null, yanked_reason: reason ?? "" })
    .where("id", "=", releaseId)
    .execute();
}

export async function quarantineRelease(db: Db, releaseId: string, isQuarantined: boolean): Promise<void> {
  await db.updateTable("releases").set({ is_quarantined: isQuarantined }).where("id", "=", releaseId).execute();
}

export async function deleteReleaseRow(db: Db, releaseId: string): Promise<void> {
  await db.deleteFrom("releases").where("id", "=", releaseId).execute();
}
