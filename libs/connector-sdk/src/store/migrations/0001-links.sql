-- One row per configured system and person: inbox, memory and work queue in one (design §3).
create table link (
  system              text        not null,
  user_id             uuid        not null,
  -- the wish
  newest_seen         bigint      not null,
  user_generation     bigint      not null,
  desired             jsonb       not null,
  origin              jsonb       not null,            -- topic, partition, offset, timestamp of the record that brought the wish
  priority            smallint    not null,            -- 0 leaving, 5 normal, 9 bulk (L25)
  -- what is known about the account
  applied             bigint,                          -- generation after the last full success
  last_applied        jsonb,                           -- connector's picture after the last full success
  attempted           jsonb       not null default '[]',  -- every picture sent, or perhaps sent, since then (L18)
  applied_settings    text,                            -- hash of mapping and settings it was applied with (L13)
  account_key         text,                            -- fixed at first contact (L20)
  account_id          text,
  owned               boolean     not null default false, -- an applied absent gives the account up (L20)
  last_success_at     timestamptz,
  -- the work
  state               text        not null,
  attempt             integer     not null default 0,
  redrives            integer     not null default 0,  -- part of the wire id (L23)
  not_before          timestamptz not null,            -- due time; while applying: end of the lease
  lease_token         uuid,
  settle_until        timestamptz,                     -- until then the target may not show what was sent (L19)
  verify_at           timestamptz,                     -- look again: a late write of a paused process is possible (L24)
  waiting_since       timestamptz,
  waiting_on          uuid,                            -- person who owns the account we wait for
  first_failure_at    timestamptz,
  failure             jsonb,
  shadow_plan         jsonb,                           -- what would be sent (L28)
  updated_at          timestamptz not null default now(),
  primary key (system, user_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Few indexes on purpose: a row is written about four times per change, and each write touches every index it is in.
create index link_due on link (system, priority, not_before) where state in ('pending', 'applying', 'waiting');
create index link_verify on link (system, verify_at) where verify_at is not null;
create index link_waiting_on on link (system, waiting_on) where waiting_on is not null;
create unique index link_key_owner on link (system, account_key) where owned;
create unique index link_account_owner on link (system, account_id) where owned;

-- One row per configured system, so that operators and other instances see the breaker.
create table target_state (
  system      text primary key,
  breaker     text        not null default 'closed',
  reason      text,
  updated_at  timestamptz not null default now()
);

-- Losses let through per system, for the brake (L26); rows older than the window are removed.
create table brake_passage (
  system     text        not null,
  user_id    uuid        not null,
  generation bigint      not null,
  at         timestamptz not null default now(),
  primary key (system, user_id, generation)
);
create index brake_passage_at on brake_passage (system, at);

-- Held plans that an operator let through: names (user, generation), by whom, why (L26, L29).
create table brake_release (
  system     text        not null,
  user_id    uuid        not null,
  generation bigint      not null,
  by         text        not null,
  reason     text        not null,
  at         timestamptz not null default now(),
  primary key (system, user_id, generation)
);

-- Commands that were carried out, so that a re-read retry topic does not repeat them (L27).
create table command_done (
  id  text primary key,
  at  timestamptz not null default now()
);

-- Tokens that all instances must share because a new one ends the old one (R-41).
create table shared_token (
  system     text        not null,
  name       text        not null,
  value      text        not null,
  renew_at   timestamptz not null,                     -- a while before its end
  primary key (system, name)
);
