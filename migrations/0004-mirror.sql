-- Mirrors: what an index in front of another one knows of it, and which of its bytes are kept here.

-- An index of kind 'mirror' has a row here. A union that lists itself among its members holds projects of its own.
create table upstreams (
  index_id uuid primary key references indexes on delete cascade,
  -- Of its simple index, with a slash at the end. May carry a user name and a password, so it is never printed whole.
  url text not null,
  created_at timestamptz not null default now()
);

-- A project as its upstream described it last; 'absent' when the upstream said, believably, that it has no such project. Whoever
-- changes what is known of a project, its files included, locks its row here first: then nobody waits for each other in a ring.
create table upstream_projects (
  index_id uuid not null references indexes on delete cascade,
  normalized_name text collate "C" not null,
  state text not null check (state in ('found', 'absent')),
  display_name text collate "C" not null,
  status text not null default 'active' check (status in ('active', 'archived', 'quarantined', 'deprecated')),
  status_reason text,
  -- The upstream's own serial, where it has one: an answer with a lower one is older than what is known and not believed.
  upstream_serial bigint,
  -- For conditional requests.
  etag text,
  last_modified text,
  -- The serial of this server's journal at the last visible change; 0 for what was never found.
  last_serial bigint not null default 0,
  first_seen_at timestamptz not null,
  -- When the upstream last confirmed what is written here, and until when that is believed without asking again.
  checked_at timestamptz not null,
  fresh_until timestamptz not null,
  -- Since when the upstream could not be asked or believed, and why: a sentence that is safe to show. Null when all is well.
  failed_at timestamptz,
  failure text,
  primary key (index_id, normalized_name)
);
-- Names that nobody has are asked for all the time: such rows are thrown away some time after they have expired.
create index upstream_projects_never_found on upstream_projects (fresh_until) where last_serial = 0;

-- Every file that an upstream lists or listed. A row's address, name and known digest never change: other bytes are another row.
create table upstream_files (
  index_id uuid not null,
  normalized_name text collate "C" not null,
  filename text collate "C" not null,
  -- What stands in its address here: 32 bytes.
  address bytea not null check (octet_length(address) = 32),
  is_listed boolean not null default true,
  version text collate "C" not null,
  packagetype text not null,
  python_version text not null,
  -- Where the upstream has the bytes: an absolute address.
  url text not null,
  -- As the upstream says, or as measured when the bytes arrived.
  sha256 bytea check (octet_length(sha256) = 32),
  -- Other digests that the upstream gives, by algorithm in lower case, hex: checked as well when the bytes arrive.
  other_hashes jsonb not null default '{}',
  size bigint check (size >= 0),
  uploaded_at timestamptz,
  requires_python text,
  is_yanked boolean not null default false,
  yanked_reason text not null default '',
  -- The upstream has a metadata sibling (PEP 658), and its digest where it says one.
  has_metadata boolean not null,
  metadata_sha256 bytea check (octet_length(metadata_sha256) = 32),
  -- A wheel's sibling can be made from the wheel itself, so that pages promise one for every wheel, until it was tried in vain.
  lacks_metadata boolean not null default false,
  provenance text,
  -- Both clocks are kept: this one is ours. What was listed when the project was first seen is the baseline.
  first_seen_at timestamptz not null,
  is_baseline boolean not null,
  -- The bytes that are kept here, when they are.
  blob bytea references blobs,
  metadata_blob bytea references blobs,
  last_used_at timestamptz,
  primary key (index_id, address, filename),
  foreign key (index_id, normalized_name) references upstream_projects on delete cascade
);
create index upstream_files_project on upstream_files (index_id, normalized_name);
create index upstream_files_blob on upstream_files (blob) where blob is not null;
create index upstream_files_metadata_blob on upstream_files (metadata_blob) where metadata_blob is not null;
-- Bytes of upstreams are thrown away when there is no more room, but never those that were uploaded as well.
create index used_filenames_metadata_blob on used_filenames (metadata_blob) where metadata_blob is not null;

-- Core metadata of an upstream's release, as the JSON API shows it: from the upstream's JSON API or from a file's metadata.
create table upstream_releases (
  index_id uuid not null,
  normalized_name text collate "C" not null,
  version text collate "C" not null,
  metadata jsonb not null,
  description text not null,
  fetched_at timestamptz not null,
  primary key (index_id, normalized_name, version),
  foreign key (index_id, normalized_name) references upstream_projects on delete cascade
);

-- A page of a mirror follows the journal as one of a project does. Lines about uploads have a project, so they touch nothing here.
create function journal_moves_mirrors() returns trigger language plpgsql as $$
begin
  update upstream_projects p set last_serial = moved.serial
    from (select index_id, normalized_name, max(serial) as serial from lines where project_id is null group by 1, 2) moved
    where p.index_id = moved.index_id and p.normalized_name = moved.normalized_name;
  return null;
end $$;
create trigger journal_moves_mirrors after insert on journal referencing new table as lines
  for each statement execute function journal_moves_mirrors();

-- What one upstream said of its pages is not to be compared with what another one says.
create function upstreams_begin_anew() returns trigger language plpgsql as $$
begin
  update upstream_projects set upstream_serial = null, etag = null, last_modified = null, fresh_until = least(fresh_until, now())
    where index_id = new.index_id;
  return null;
end $$;
create trigger upstreams_begin_anew after update of url on upstreams
  for each row when (old.url is distinct from new.url) execute function upstreams_begin_anew();

-- Servers remember what an index consists of and which names it keeps for itself.
create trigger upstreams_tell_everyone after insert or delete or update on upstreams
  for each statement execute function indexes_tell_everyone();
create trigger index_members_tell_everyone after insert or delete or update on index_members
  for each statement execute function indexes_tell_everyone();
create trigger name_claims_tell_everyone after insert or delete or update on name_claims
  for each statement execute function indexes_tell_everyone();
