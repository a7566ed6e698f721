alter table assignment add column tombstone_due_at timestamptz;
comment on column assignment.tombstone_due_at is 'Counts from when the last wish stood on the topic for sure; null until then.';
create index assignment_tombstone_due on assignment (tombstone_due_at) where tombstone_due_at is not null;
