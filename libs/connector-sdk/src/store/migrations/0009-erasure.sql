-- Forgetting people (L30). `erasing`: the account has not ended, so what is needed for that is kept; `erased`: nothing is left but the fence;
-- `given-up`: the same, but an operator decided so while the account was still open.
alter table link add column erasure text check (erasure in ('erasing', 'erased', 'given-up')), add column erasing_since timestamptz;
create index link_erasing on link (system, erasing_since) where erasure = 'erasing';

-- Whatever sweep or order there will ever be: only a newer wish touches the fence of an erased person.
create function erased_links_rest() returns trigger language plpgsql as $$
begin
  return null;
end $$;
create trigger erased_links_rest before update on link for each row
  when (old.erasure in ('erased', 'given-up') and new.newest_seen = old.newest_seen) execute function erased_links_rest();

-- An account of an erased person that its target still shows is told no more, unless somebody owns it.
alter table observed_account add column erased boolean not null default false, add column tombstone_due_at timestamptz;
comment on column observed_account.tombstone_due_at is 'When its tombstone is to be written again: only a later record closes the segment in which the older ones stand.';
create index observed_account_tombstone_due on observed_account (tombstone_due_at) where tombstone_due_at is not null;
