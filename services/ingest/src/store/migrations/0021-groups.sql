create table groups (
  id uuid primary key,
  generation bigint not null,
  presence text not null check (presence in ('active', 'absent')),
  -- the attributes of the group, without its members
  resource jsonb not null,
  external_id text,
  source text not null,
  cause jsonb not null,
  created_at timestamptz not null,
  modified_at timestamptz not null
) with (fillfactor = 85);
comment on table groups is 'One row per group, also of deleted ones.';
create index groups_living on groups (id) where presence = 'active';
create index groups_display_name on groups (scim_fold(resource->>'displayName') collate "C", id) where presence = 'active';
create index groups_external_id on groups (external_id) where presence = 'active' and external_id is not null;

-- No reference to users: it would lock a user's row while somebody writes twenty thousand memberships. A membership of somebody who
-- is not there is never shown, and ended before a person returns.
create table group_member (
  group_id uuid not null references groups (id),
  member_id uuid not null,
  kind text not null check (kind in ('User', 'Group')),
  primary key (group_id, member_id)
);
create index group_member_of on group_member (member_id, group_id);
comment on table group_member is 'Who is in which group: users, and groups whose members are meant too.';

alter table users add column member_of jsonb;
comment on column users.member_of is 'The groups [{id, name}] that the user''s generation was published with; null for none.';

create table fan_out_job (
  id bigint generated always as identity primary key,
  group_id uuid not null references groups (id),
  -- the cause of the group's change, which becomes the cause of the users' new generation
  cause jsonb not null,
  users integer not null,
  created_at timestamptz not null default now()
);
comment on table fan_out_job is 'Changes of groups whose users are still to be raised.';

create table fan_out (
  -- 0: few users are concerned, they go first; 1: many
  priority smallint not null,
  user_id uuid not null,
  job_id bigint not null references fan_out_job (id),
  primary key (priority, user_id, job_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index fan_out_of_job on fan_out (job_id);
comment on table fan_out is 'Users whose groups have changed and whose state is still to be published, in key order.';

-- Whoever leaves leaves every group, whoever returns begins without groups, whichever way the row is written. Rows that a change of a group has
-- in hand are left to it, so that nobody who leaves waits for twenty thousand memberships; what is left over is never shown, and
-- ends before a return.
create function end_memberships() returns trigger language plpgsql as $$
begin
  if new.presence in ('active', 'disabled') then
    delete from group_member where member_id = new.id;
  else
    with gone as (
      delete from group_member where (group_id, member_id) in (
        select group_id, member_id from group_member where member_id = new.id order by group_id for update skip locked)
      returning group_id
    )
    update groups set generation = generation + 1, modified_at = new.modified_at
    where id in (select id from groups where id in (select group_id from gone) order by id for update skip locked);
  end if;
  return null;
end $$;

create trigger users_leave_groups after update on users for each row
  when ((old.presence in ('active', 'disabled')) <> (new.presence in ('active', 'disabled')))
  execute function end_memberships();
