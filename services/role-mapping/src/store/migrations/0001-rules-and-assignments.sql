create table rule_set (
  version integer primary key,
  hash text not null,
  content jsonb not null,
  created_at timestamptz not null default now(),
  swept_at timestamptz
);
comment on table rule_set is 'Every set of rules that was ever active; the highest version is. A rollback is a new version.';
comment on column rule_set.swept_at is 'When everybody had been judged by this version or a later one; null: the sweep is not over.';

create table user_state (
  user_id uuid primary key,
  generation bigint not null,
  rule_set integer not null,
  identity jsonb not null,
  reevaluate_at timestamptz
) with (fillfactor = 80);
create index user_state_reevaluate_at on user_state (reevaluate_at) where reevaluate_at is not null;
comment on table user_state is 'The newest state of each person, the rules they were judged by, and when time alone makes a difference.';

create table assignment (
  user_id uuid not null,
  system text not null,
  generation bigint not null,
  user_generation bigint not null,
  presence text not null check (presence in ('active', 'disabled', 'absent')),
  desired jsonb not null,
  primary key (user_id, system)
) with (fillfactor = 80);
comment on table assignment is 'The account each person was last said to have in each system, as published.';

create table retired_system (
  system text primary key,
  retired_at timestamptz not null default now(),
  retired_by text not null
);
comment on table retired_system is 'Systems that may be missing from the configuration, because somebody said so.';
