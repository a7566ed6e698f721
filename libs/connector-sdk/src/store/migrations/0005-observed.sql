-- What the target showed last, as far as it was told; kept after the end, so that generations go on.
create table observed_account (
  system       text        not null,
  key          text        not null,               -- hash of system and account id: the key on the topic
  account_id   text        not null,
  generation   bigint      not null default 0,
  content      text,                               -- hash of what was told; null: gone, or never told
  assignments  jsonb       not null default '[]',  -- entitlements as last seen: single looks tell only some of them
  seen_at      timestamptz not null default now(),
  primary key (system, key)
) with (fillfactor = 80);
create index observed_account_seen on observed_account (system, seen_at) where content is not null;

create table observed_entitlement (
  system       text        not null,
  key          text        not null,
  generation   bigint      not null default 0,
  content      text,
  seen_at      timestamptz not null default now(),
  primary key (system, key)
);

-- The paced look at everything: one instance at a time.
create table observed_scan (
  system       text primary key,
  due_at       timestamptz not null default now(),
  token        uuid,
  lease_until  timestamptz,
  started_at   timestamptz,
  finished_at  timestamptz,
  accounts     integer,
  problem      text
);

-- Global User IDs that were told, each once per person.
create table learned_id (
  user_id      uuid primary key,
  user_uuid    text        not null,
  at           timestamptz not null default now()
);
