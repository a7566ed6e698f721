-- Orders to look at everybody's account again, one per system: how far they are (L27).
create table reapply (
  system      text primary key,
  operator    text        not null,
  reason      text        not null,
  per_minute  integer     not null,
  people      integer     not null,
  done        integer     not null default 0,
  after       uuid,
  next_at     timestamptz not null default now(),
  started_at  timestamptz not null default now(),
  ended_at    timestamptz
);
