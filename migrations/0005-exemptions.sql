-- Projects that the rule min-age leaves alone in an index, each with a reason that people read.
create table policy_exemptions (
  index_id uuid not null references indexes on delete cascade,
  normalized_name text collate "C" not null,
  reason text not null,
  exempted_at timestamptz not null default now(),
  primary key (index_id, normalized_name)
);
create trigger policy_exemptions_tell_everyone after insert or delete or update on policy_exemptions
  for each statement execute function indexes_tell_everyone();
