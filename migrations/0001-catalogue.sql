-- The catalogue: who may do what, what is published where, and the journal of how it came to be.
-- Text that is compared or ordered by byte says COLLATE "C", so that every server orders alike.

-- Which catalogue this is. Restore renews it, so that no cached document outlives the rows it was built from.
create table catalogue (
  only_row boolean primary key default true check (only_row),
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now()
);
insert into catalogue default values;

-- What `cheeseshop set` stores: a setting of the configuration, lowest in precedence but above the default.
create table settings (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- Moves with every change of anything a document says; documents follow it.
create sequence revisions;
-- What mirrors see; taken under a lock that is held until commit, so it grows in the order of commits.
create sequence serials;

create table indexes (
  id uuid primary key default gen_random_uuid(),
  name text collate "C" not null unique check (name ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'),
  kind text not null check (kind in ('hosted', 'mirror', 'union')),
  is_private boolean not null default false,
  -- A file name may get new bytes, always at a new address.
  is_volatile boolean not null default false,
  keep_development_releases integer check (keep_development_releases > 0),
  last_serial bigint not null default 0,
  revision bigint not null default nextval('revisions'),
  created_at timestamptz not null default now()
);
insert into indexes (name, kind) values ('main', 'hosted');

-- Servers remember which indexes there are and who may read them.
create function indexes_tell_everyone() returns trigger language plpgsql as $$
begin
  perform pg_notify('cheeseshop', '{"change":{"kind":"everything"}}');
  return null;
end $$;
create trigger indexes_tell_everyone after insert or delete or update of name, kind, is_private, is_volatile on indexes
  for each statement execute function indexes_tell_everyone();

create table index_members (
  union_id uuid not null references indexes on delete cascade,
  member_id uuid not null references indexes,
  position integer not null,
  primary key (union_id, member_id),
  unique (union_id, position)
);

-- A name that a hosted index keeps for itself: never answered from an upstream. `pattern` is a normalized name, `*` at its end allowed.
create table name_claims (
  index_id uuid not null references indexes on delete cascade,
  pattern text collate "C" not null,
  reason text not null default '',
  claimed_at timestamptz not null default now(),
  primary key (index_id, pattern)
);

-- Whoever can act: tokens, roles, uploads and the journal refer to an actor, never to a person directly.
create table actors (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('user', 'publisher', 'team', 'system')),
  created_at timestamptz not null default now()
);

create table users (
  actor_id uuid primary key references actors on delete cascade,
  username text collate "C" not null,
  display_name text not null default '',
  -- argon2id, PHC string format; null: signing in with a password is not possible.
  password_hash text,
  is_staff boolean not null default false,
  disabled_reason text,
  created_at timestamptz not null default now()
);
create unique index users_username on users (lower(username));

create table user_emails (
  user_id uuid not null references users on delete cascade,
  email text not null,
  is_primary boolean not null default false,
  is_verified boolean not null default false,
  is_public boolean not null default false,
  primary key (user_id, email)
);
create unique index user_emails_email on user_emails (lower(email));
create unique index user_emails_one_primary on user_emails (user_id) where is_primary;

-- The token's key is derived from the server's secret and `id`; nothing here can make or forge one.
create table api_tokens (
  id uuid primary key,
  actor_id uuid not null references actors on delete cascade,
  description text not null,
  -- The caveats the token was issued with: checked beside those the presented token carries.
  caveats jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_tokens_actor on api_tokens (actor_id);

create table roles (
  actor_id uuid not null references actors on delete cascade,
  resource_kind text not null check (resource_kind in ('project', 'index')),
  resource_id uuid not null,
  role text not null check (role in ('owner', 'maintainer', 'reader', 'uploader')),
  granted_at timestamptz not null default now(),
  primary key (actor_id, resource_kind, resource_id)
);
create index roles_resource on roles (resource_kind, resource_id);

create table projects (
  id uuid primary key default gen_random_uuid(),
  index_id uuid not null references indexes,
  -- As first or last spelled by an uploader.
  name text collate "C" not null,
  normalized_name text collate "C" not null,
  -- The name without what eyes confuse (separators, 1 and l, 0 and O): two projects of one index that agree in it are look-alikes.
  ultra_name text collate "C" not null,
  status text not null default 'active' check (status in ('active', 'archived', 'quarantined', 'deprecated')),
  status_reason text,
  last_serial bigint not null default 0,
  revision bigint not null default 0,
  -- Bytes of all listed files, without their metadata siblings.
  total_size bigint not null default 0,
  -- Null: the rules `file-limit` and `project-limit` decide.
  file_size_limit bigint,
  total_size_limit bigint,
  created_at timestamptz not null,
  unique (index_id, normalized_name)
);
create index projects_ultra_name on projects (index_id, ultra_name);

create table releases (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references projects on delete cascade,
  version text collate "C" not null,
  -- PEP 440, trailing zeros removed. Not unique: imported history may hold 1.0 and 1.0.0.
  canonical_version text collate "C" not null,
  -- Dense position in version order, ascending, maintained for the whole project.
  position integer not null,
  is_prerelease boolean not null,
  is_yanked boolean not null default false,
  yanked_reason text not null default '',
  is_quarantined boolean not null default false,
  requires_python text,
  description text not null default '',
  -- Core metadata without the description: as the uploader sent it (field -> values), and normalised.
  metadata_received jsonb not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  created_by uuid references actors on delete set null,
  unique (project_id, version)
);
create index releases_canonical on releases (project_id, canonical_version);

-- Bytes, once per content, at files/blobs/{aa}/{bb}/{rest}. A row is written only after its bytes are durable.
create table blobs (
  blake2b bytea primary key check (octet_length(blake2b) = 32),
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  md5 bytea not null check (octet_length(md5) = 16),
  size bigint not null check (size >= 0),
  -- 'lost' is set by fsck when the bytes are gone or wrong; 'deleted' by a delete job.
  state text not null default 'stored' check (state in ('stored', 'lost', 'deleted')),
  created_at timestamptz not null default now()
);

create table files (
  id uuid primary key default gen_random_uuid(),
  index_id uuid not null references indexes,
  project_id uuid not null references projects on delete cascade,
  release_id uuid not null references releases on delete cascade,
  filename text collate "C" not null,
  blob bytea not null references blobs,
  -- The PEP 658 sibling: METADATA of a wheel. An sdist has none, since what it declares may change when it is built.
  metadata_blob bytea references blobs,
  packagetype text not null,
  python_version text not null,
  comment_text text,
  uploaded_at timestamptz not null,
  first_seen_at timestamptz not null,
  uploaded_by uuid references actors on delete set null,
  uploaded_via text,
  unique (index_id, filename),
  unique (index_id, blob)
);
create index files_project on files (project_id);
create index files_release on files (release_id);
create index files_blob on files (blob);

-- Every file that an index lists or ever listed. Never deleted from: a name is never given other bytes (but on a volatile
-- index), and an address once given keeps answering.
create table used_filenames (
  index_id uuid not null references indexes,
  filename text collate "C" not null,
  blob bytea not null references blobs,
  metadata_blob bytea references blobs,
  first_used_at timestamptz not null,
  primary key (index_id, filename, blob)
);
create index used_filenames_blob on used_filenames (blob);

-- What happened, in the order of commits. `change` holds before and after of every field that pages show, so that a
-- project's page at any serial can be rebuilt from this table alone.
create table journal (
  serial bigint primary key default nextval('serials'),
  index_id uuid not null references indexes,
  project_id uuid,
  -- The project's display name at that moment.
  name text not null,
  normalized_name text collate "C" not null,
  version text,
  action text not null,
  actor_id uuid references actors on delete set null,
  at timestamptz not null,
  change jsonb not null
);
create index journal_index on journal (index_id, serial);
create index journal_project on journal (index_id, normalized_name, serial);

-- Whoever writes the journal holds one lock until commit: serials are given in the order of commits. The journal is
-- therefore written last in a transaction.
create function journal_waits_its_turn() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7310584001);
  return null;
end $$;
create trigger journal_waits_its_turn before insert on journal
  for each statement execute function journal_waits_its_turn();

-- The serials and revisions of projects and indexes follow the journal, so that no writer can forget to move them.
create function journal_moves_serials() returns trigger language plpgsql as $$
begin
  update projects set last_serial = moved.serial, revision = nextval('revisions')
    from (select project_id, max(serial) as serial from lines group by project_id) moved
    where projects.id = moved.project_id;
  update indexes set last_serial = moved.serial, revision = nextval('revisions')
    from (select index_id, max(serial) as serial from lines group by index_id) moved
    where indexes.id = moved.index_id;
  -- Delivered with the commit and only then: whoever keeps pages in memory hears of every change, also of those whose maker
  -- died before it could say so itself.
  perform pg_notify('cheeseshop', json_build_object('change',
      json_build_object('kind', 'project', 'index', index_id, 'project', normalized_name))::text)
    from (select distinct index_id, normalized_name from lines) changed;
  return null;
end $$;
create trigger journal_moves_serials after insert on journal referencing new table as lines
  for each statement execute function journal_moves_serials();

-- Work for later, written in the transaction that causes it, taken with FOR UPDATE SKIP LOCKED.
create table jobs (
  id bigint generated always as identity primary key,
  kind text not null,
  payload jsonb not null,
  run_at timestamptz not null default now(),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null default now()
);
create index jobs_due on jobs (run_at);
