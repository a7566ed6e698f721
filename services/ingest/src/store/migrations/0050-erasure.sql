-- Forgetting people who left (L30).
alter table users add column erased_at timestamptz, add column tombstone_due_at timestamptz;
comment on column users.erased_at is 'When the personal data went; only id and generation are left, for the fence.';
comment on column users.tombstone_due_at is 'When the tombstone is to be written that lets the topic be compacted.';

create index users_left on users (modified_at) where presence = 'absent';
create index users_tombstone_due on users (tombstone_due_at) where tombstone_due_at is not null;

alter table source_identity add column left_at timestamptz, add column left_offset bigint;
comment on column source_identity.left_at is 'When its person left, as the source told it: what happened before brings nobody back.';
comment on column source_identity.left_offset is 'Where that stood in its partition: tells before from after within the same millisecond.';

-- Deltas of records that never became a person cannot be erased with one: they go by age.
create index parked_change_age on parked_change (parked_at);

-- The key of the marks below, drawn once; as the two padded forms of HMAC (RFC 2104), because SQL cannot combine bytes with xor.
create table erasure_key (
  single boolean primary key default true check (single),
  inner_pad bytea not null,
  outer_pad bytea not null
);
do $$
declare
  drawn bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  for at in 0..31 loop
    inner_pad := set_byte(inner_pad, at, get_byte(drawn, at) # x'36'::int);
    outer_pad := set_byte(outer_pad, at, get_byte(drawn, at) # x'5c'::int);
  end loop;
  insert into erasure_key (inner_pad, outer_pad) values (inner_pad, outer_pad);
end $$;

create function erasure_mark(source_key text) returns text language sql stable as $$
  select encode(sha256(outer_pad || sha256(inner_pad || convert_to(source_key, 'UTF8'))), 'hex') from erasure_key
$$;
comment on function erasure_mark is 'HMAC-SHA-256: without the key of this schema nobody can tell whether a record id is among the marks.';

create table erased_line (
  mark text primary key,
  last_sequence bigint,
  left_at timestamptz not null,
  left_offset bigint,
  erased_at timestamptz not null default now()
);
comment on table erased_line is 'Records of event sources whose person was erased: only what is newer is somebody new.';
