-- Changes of members of objects that many people share (L21): the newest per system, group and person.
create table group_write (
  system     text        not null,
  group_key  text        not null,
  user_id    uuid        not null,
  member     text        not null,               -- the account of the person, as the target names it
  change     text        not null check (change in ('add', 'remove')),
  token      uuid        not null,               -- of the attempt that waits for it
  attempt    integer     not null,               -- how often that person's attempts have failed: makes the folds smaller
  priority   smallint    not null,
  number     bigint      not null,               -- rises with each statement: tells whether a newer one has come meanwhile
  at         timestamptz not null default now(),
  done_at    timestamptz,                        -- done, and kept only while a late write could still undo it (L24)
  primary key (system, group_key, user_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
create index group_write_due on group_write (system, group_key) where done_at is null;
create index group_write_user on group_write (system, user_id);
create sequence group_write_number;

-- One writer per group. A row without a token remembers only that a write without a known end may still arrive.
create table group_lease (
  system       text        not null,
  group_key    text        not null,
  token        uuid,
  lease_until  timestamptz,
  doubt_until  timestamptz,
  primary key (system, group_key)
);

-- Attempts that end when their memberships are there; their links stay in `applying` under the same token.
create table group_wait (
  system      text    not null,
  user_id     uuid    not null,
  token       uuid    not null,
  generation  bigint  not null,
  steps       text[]  not null,
  taken_over  boolean not null,
  failure     jsonb,
  primary key (system, user_id)
);
