create table old_path_id (
  system text not null,
  -- hash of the id that callers of an old path use; it is the login as it was when the account was made
  id_key text not null,
  user_id uuid not null references users (id),
  primary key (system, id_key)
);
create index old_path_id_user on old_path_id (user_id);
comment on table old_path_id is 'Whom the ids mean that callers of the old paths were given; they outlive a change of login.';

create table old_path_leaver (
  position bigint generated always as identity primary key,
  system text not null,
  old_id text not null,
  caller text not null,
  correlation_id text not null,
  reported_at timestamptz not null default now()
);
create index old_path_leaver_reported on old_path_leaver (reported_at);
comment on table old_path_leaver is 'Leavers that an old path reported and nobody here knows; their accounts at the target are from before us. Kept for 30 days.';
