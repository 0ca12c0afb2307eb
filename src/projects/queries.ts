import "./tables.ts";
import { sql } from "kysely";
import type { ProjectStatus, ReleaseEntry, ReleaseMetadata } from "../indexes/index.ts";
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

/** Makes a project unless another transaction has just made one of that name; true when it was this one. */
export async function createProject(
  db: Db,
  project: { indexId: string; displayName: string; name: string; ultraName: string; createdAt: Temporal.Instant },
): Promise<boolean> {
  const row = await db
    .insertInto("projects")
    .values({
      index_id: project.indexId,
      name: project.displayName,
      normalized_name: project.name,
      ultra_name: project.ultraName,
      status_reason: null,
      file_size_limit: null,
      total_size_limit: null,
      created_at: project.createdAt,
    })
    .onConflict((conflict) => conflict.columns(["index_id", "normalized_name"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** The display name of a project of this index that looks like `ultraName`. Leans on projects_ultra_name. */
export async function findLookAlike(db: Db, indexId: string, ultraName: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("projects")
    .select("name")
    .where("index_id", "=", indexId)
    .where("ultra_name", "=", ultraName)
    .executeTakeFirst();
  return row?.name;
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

/** The role someone holds on a project itself. Leans on roles_pkey. */
export async function findRole(
  db: Db,
  projectId: string,
  actorId: string,
): Promise<"owner" | "maintainer" | undefined> {
  const row = await db
    .selectFrom("roles")
    .select("role")
    .where("actor_id", "=", actorId)
    .where("resource_kind", "=", "project")
    .where("resource_id", "=", projectId)
    .executeTakeFirst();
  return row?.role === "owner" || row?.role === "maintainer" ? row.role : undefined;
}

export async function grantRole(
  db: Db,
  projectId: string,
  actorId: string,
  role: "owner" | "maintainer",
): Promise<void> {
  await db
    .insertInto("roles")
    .values({ actor_id: actorId, resource_kind: "project", resource_id: projectId, role })
    .execute();
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

export interface NewRelease {
  readonly projectId: string;
  readonly version: string;
  readonly canonicalVersion: string;
  readonly isPrerelease: boolean;
  readonly metadata: ReleaseMetadata;
  readonly metadataReceived: Readonly<Record<string, readonly string[]>>;
  readonly createdAt: Temporal.Instant;
  readonly createdBy: string;
}

/** Inserts a release behind all others; `placeReleases` then gives every release its place. Returns its id. */
export async function createRelease(db: Db, release: NewRelease): Promise<string> {
  const { description, requiresPython, ...metadata } = release.metadata;
  const { id } = await db
    .insertInto("releases")
    .values({
      project_id: release.projectId,
      version: release.version,
      canonical_version: release.canonicalVersion,
      position: -1,
      is_prerelease: release.isPrerelease,
      requires_python: requiresPython,
      description,
      metadata: JSON.stringify(metadata),
      metadata_received: JSON.stringify(release.metadataReceived),
      created_at: release.createdAt,
      created_by: release.createdBy,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
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
