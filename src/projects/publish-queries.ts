// Statements of an upload. They are sent several at a time, so that they cost few round trips.
import type { HostedFile, ReleaseMetadata } from "../indexes/index.ts";
import { type Statement, statement } from "../platform/db/statement.ts";
import type { Project } from "./queries.ts";
import type { Standing } from "./standing.ts";

/** What an upload is about, as far as the index has to say something. */
export interface Question {
  readonly indexId: string;
  /** Normalised name of the project. */
  readonly name: string;
  readonly uploaderId: string;
  readonly filename: string;
  /** Undefined when the bytes were not kept. */
  readonly blake2b: string | undefined;
  readonly canonicalVersion: string;
  /** Also what it takes to make a project or a release. */
  readonly toMake: { readonly ultraName: string | null } | undefined;
}

type StandingRow = Omit<Standing, "project"> & { [Field in keyof Project]: Project[Field] | null };

/**
 * One snapshot, always one row. No `or` over two columns: planned while a table is empty, it would become a scan of the whole
 * index, and stay one for as long as the connection lives. Leans on projects_index_id_normalized_name_key, roles_pkey, used_filenames_pkey,
 * files_index_id_filename_key, files_blob_index_id_key, releases_canonical, files_release and projects_ultra_name.
 */
export function selectStanding(question: Question): Statement<StandingRow> {
  const { indexId, name, uploaderId, filename, canonicalVersion, toMake } = question;
  const blob = question.blake2b === undefined ? null : hex(question.blake2b);
  return statement`
    select p.id, p.name as "displayName", p.normalized_name as name, p.status, p.status_reason as "statusReason",
      p.total_size as "totalSize", p.file_size_limit as "fileSizeLimit", p.total_size_limit as "totalSizeLimit",
      exists (select from roles where actor_id = ${uploaderId}::uuid and resource_kind = 'project' and resource_id = p.id
        and role in ('owner', 'maintainer')) as "hasRole",
      exists (select from used_filenames where index_id = ${indexId}::uuid and filename = ${filename}) as "wasUsed",
      (select json_build_object('filename', f.filename, 'blake2b', encode(f.blob, 'hex'),
          'sha256', encode(b.sha256, 'hex'), 'project', q.name)
        from (
          select filename, blob, project_id, 1 as preference from files where index_id = ${indexId}::uuid and filename = ${filename}
          union all
          select filename, blob, project_id, 2 from files where index_id = ${indexId}::uuid and blob = ${blob}
          order by preference limit 1
        ) as f join blobs b on b.blake2b = f.blob join projects q on q.id = f.project_id) as twin,
      (select coalesce(json_agg(json_build_object('id', r.id, 'version', r.version, 'createdAt', r.created_at,
          'hasSdist', exists (select from files where release_id = r.id and packagetype = 'sdist'))), '[]')
        from releases r where r.project_id = p.id and r.canonical_version = ${canonicalVersion}) as releases,
      (select coalesce(array_agg(version order by position), '{}') from releases
        where project_id = p.id and ${toMake !== undefined}::boolean
          and not exists (select from releases where project_id = p.id and canonical_version = ${canonicalVersion})) as versions,
      (select name from projects where index_id = ${indexId}::uuid and ultra_name = ${toMake?.ultraName ?? null} limit 1) as "lookAlike"
    from (select) as always left join projects p on p.index_id = ${indexId}::uuid and p.normalized_name = ${name}`;
}

export function toStanding(row: StandingRow | undefined): Standing {
  if (row === undefined) throw new Error("a statement that always has a row had none");
  const { hasRole, wasUsed, twin, releases, versions, lookAlike, ...project } = row;
  const found = project.id === null ? undefined : (project as Project);
  return { project: found, hasRole, wasUsed, twin, releases, versions, lookAlike };
}

/** Whoever else wants to change this project, if there is one, waits until this transaction ends; no row when there is none yet. */
export function lockProject(indexId: string, name: string): Statement {
  return statement`select from projects where index_id = ${indexId}::uuid and normalized_name = ${name} for update`;
}

export interface NewProject {
  readonly id: string;
  readonly indexId: string;
  readonly displayName: string;
  readonly name: string;
  readonly ultraName: string;
  readonly createdAt: Temporal.Instant;
  readonly ownerId: string;
}

/** Makes a project and its owner. Unique violation when somebody else has just made it. */
export function insertProject(project: NewProject): Statement {
  return statement`
    with project as (
      insert into projects (id, index_id, name, normalized_name, ultra_name, created_at)
      values (${project.id}, ${project.indexId}, ${project.displayName}, ${project.name}, ${project.ultraName}, ${project.createdAt})
    )
    insert into roles (actor_id, resource_kind, resource_id, role) values (${project.ownerId}, 'project', ${project.id}, 'owner')`;
}

export interface NewRelease {
  readonly id: string;
  readonly projectId: string;
  readonly version: string;
  readonly canonicalVersion: string;
  /** Those that stand there and behind move on by one. */
  readonly position: number;
  readonly isPrerelease: boolean;
  readonly metadata: ReleaseMetadata;
  readonly metadataReceived: Readonly<Record<string, readonly string[]>>;
  readonly createdAt: Temporal.Instant;
  readonly createdBy: string;
}

/** Inserts a release in its place. */
export function insertRelease(release: NewRelease): Statement {
  const { description, requiresPython, ...metadata } = release.metadata;
  return statement`
    with moved as (
      update releases set position = position + 1 where project_id = ${release.projectId} and position >= ${release.position}
    )
    insert into releases (id, project_id, version, canonical_version, position, is_prerelease, requires_python, description,
      metadata, metadata_received, created_at, created_by)
    values (${release.id}, ${release.projectId}, ${release.version}, ${release.canonicalVersion}, ${release.position},
      ${release.isPrerelease}, ${requiresPython}, ${description}, ${JSON.stringify(metadata)},
      ${JSON.stringify(release.metadataReceived)}, ${release.createdAt}, ${release.createdBy})`;
}

export interface NewFile {
  readonly indexId: string;
  readonly projectId: string;
  /** The project's name from now on. */
  readonly displayName: string;
  readonly releaseId: string;
  readonly entry: HostedFile;
  readonly metadataBlake2b: string | null;
  readonly uploadedAt: Temporal.Instant;
  readonly uploadedBy: string;
  readonly uploadedVia: string | null;
}

/**
 * Lists a file, registers its name for ever, and adds it to its project. Unique violation when another transaction has just
 * listed the same name or the same bytes in this index.
 */
export function insertFile(file: NewFile): Statement {
  const { entry, metadataBlake2b } = file;
  const blob = hex(entry.blake2b);
  const metadataBlob = metadataBlake2b === null ? null : hex(metadataBlake2b);
  return statement`
    with used as (
      insert into used_filenames (index_id, filename, blob, metadata_blob, first_used_at)
      values (${file.indexId}, ${entry.filename}, ${blob}, ${metadataBlob}, ${file.uploadedAt})
      on conflict do nothing
    ), project as (
      update projects set name = ${file.displayName}, total_size = total_size + ${entry.size}::bigint where id = ${file.projectId}
    )
    insert into files (index_id, project_id, release_id, filename, blob, metadata_blob, packagetype, python_version,
      comment_text, uploaded_at, first_seen_at, uploaded_by, uploaded_via)
    values (${file.indexId}, ${file.projectId}, ${file.releaseId}, ${entry.filename}, ${blob}, ${metadataBlob},
      ${entry.packagetype}, ${entry.pythonVersion}, ${entry.comment}, ${file.uploadedAt}, ${file.uploadedAt},
      ${file.uploadedBy}, ${file.uploadedVia})`;
}

const hex = (digest: string) => Buffer.from(digest, "hex");
