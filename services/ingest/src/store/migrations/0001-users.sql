create table users (
  id uuid primary key,
  generation bigint not null,
  presence text not null check (presence in ('active', 'disabled', 'absent', 'erased')),
  -- the login as it is compared: composed form, lower case
  user_name_key text not null,
  external_id text,
  employee_number text,
  user_uuid text,
  source text not null,
  resource jsonb not null,
  requested jsonb not null default '{}',
  cause jsonb not null,
  created_at timestamptz not null,
  modified_at timestamptz not null
) with (fillfactor = 85);
comment on table users is 'One row per person, also of those who left: they continue their generations when they return.';

-- a login is unique among people who are here
create unique index users_user_name on users (user_name_key) where presence in ('active', 'disabled');

-- a returning person is looked for among those who left
create index users_left_external_id on users (external_id) where presence = 'absent';
create index users_left_employee_number on users (employee_number) where presence = 'absent';
create index users_left_user_uuid on users (user_uuid) where presence = 'absent';
create index users_left_user_name on users (user_name_key) where presence = 'absent';

-- pages of the list: ids rise with time
create index users_living on users (id) where presence in ('active', 'disabled');

create table idempotency (
  -- hash of caller, method, resource and the key that the caller gave
  scope text primary key,
  body_hash text not null,
  -- what was answered the first time
  answer jsonb not null,
  expires_at timestamptz not null
);
create index idempotency_expires on idempotency (expires_at);
comment on table idempotency is 'First outcomes of deliveries that carry a key of their caller; forgotten after a while.';

create table source_identity (
  -- hash of source and record id
  source_key text primary key,
  source text not null,
  user_id uuid references users (id),
  last_sequence bigint
);
create index source_identity_user on source_identity (user_id);
comment on table source_identity is 'Which of our users a record of an event source is, and how far its changes were worked.';

create table parked_change (
  position bigint generated always as identity primary key,
  source_key text not null references source_identity (source_key),
  sequence bigint,
  reason text not null,
  -- the record as it was read
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  record_timestamp bigint not null,
  record_key text,
  record_value bytea,
  record_headers jsonb not null,
  parked_at timestamptz not null default now()
);
create index parked_change_line on parked_change (source_key, position);
comment on table parked_change is 'Patches and locks that cannot be applied yet; later ones of the same record wait behind them, in order.';
