-- What the brake knows about a link it held back (L26): {since, losses, dropped: {by, reason, content}}; null when nothing was.
alter table link add column hold jsonb;
-- Rises with every change that is held: a list names what it showed by its highest number.
alter table link add column hold_number bigint;
create sequence hold_number;
create index link_held on link (system, hold_number) where state = 'held';

-- Who let a held change through; where two are needed, the first waits here for the second (L29).
create table brake_approval (
  system     text        not null,
  user_id    uuid        not null,
  generation bigint      not null,
  by         text        not null,
  at         timestamptz not null default now(),
  primary key (system, user_id, generation, by)
);
