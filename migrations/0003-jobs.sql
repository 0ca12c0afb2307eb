-- Work for later, done by the job process of any server on this database. What is done is deleted.

-- The one of the first migration has never been written to.
drop table jobs;
create table jobs (
  id bigint generated always as identity primary key,
  kind text collate "C" not null check (length(kind) <= 100),
  payload jsonb not null default '{}' check (octet_length(payload::text) <= 65536),
  -- Of those that wait, one per kind and key.
  dedupe_key text collate "C" check (length(dedupe_key) <= 500),
  -- A waiting job is due at `claimable_at`; a running one is taken for lost then. A failed one is kept to be looked at.
  state text not null default 'waiting' check (state in ('waiting', 'running', 'failed')),
  claimable_at timestamptz not null default now(),
  -- How often it was begun. With the id it names one attempt: who had an earlier one can change nothing any more.
  attempts integer not null default 0,
  -- What the last attempt ended with.
  error text,
  enqueued_at timestamptz not null default now(),
  failed_at timestamptz,
  check ((state = 'failed') = (failed_at is not null))
);
create unique index jobs_waiting_key on jobs (kind, dedupe_key) where state = 'waiting';
create index jobs_claimable on jobs (claimable_at) where state <> 'failed';
create index jobs_running_key on jobs (kind, dedupe_key) where state = 'running';
create index jobs_failed on jobs (failed_at) where state = 'failed';

-- When a job that comes again and again is enqueued next: the server whose update gets through enqueues it.
create table job_schedules (
  kind text collate "C" primary key,
  next_at timestamptz not null
);
