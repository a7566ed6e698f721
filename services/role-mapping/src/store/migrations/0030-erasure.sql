-- Forgetting people (L30).
alter table assignment add column erased_at timestamptz;
comment on column assignment.erased_at is 'When the wish without personal data was written; null again once its tombstone is.';
create index assignment_erased_at on assignment (erased_at) where erased_at is not null;
