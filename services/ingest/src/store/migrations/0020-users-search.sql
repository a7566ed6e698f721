-- Texts without case: the simple lower case of Unicode, the same on every machine where the server has it (PostgreSQL 17 and newer).
do $$
begin
  if exists (select from pg_collation where collname = 'pg_c_utf8') then
    execute 'create function scim_fold(text) returns text language sql immutable parallel safe return lower($1 collate pg_catalog.pg_c_utf8)';
  else
    execute 'create function scim_fold(text) returns text language sql immutable parallel safe return lower($1)';
  end if;
end $$;
comment on function scim_fold is 'How attributes that are not caseExact are compared (RFC 7643 §7).';

-- A day or an instant as callers may state it, in milliseconds; null for anything else, never an error.
create function scim_instant(text) returns timestamptz language sql stable parallel safe as $$
  select case when $1 ~ '^(?!0000)\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d))?$'
    then (case when length($1) = 10 then $1 || 'T00:00:00Z' else regexp_replace($1, '(\.\d{3})\d+', '\1') end)::timestamptz end
$$;

-- pages in the order of logins, and logins that begin with …
create index users_living_user_name on users (user_name_key collate "C", id) where presence in ('active', 'disabled');
create index users_living_external_id on users (external_id) where presence in ('active', 'disabled') and external_id is not null;
-- what changed since …; summaries per block do not make an update dearer, as an index over rows would
create index users_modified on users using brin (modified_at) with (pages_per_range = 16, autosummarize = on);

-- How many users are not deleted: counting a million rows takes longer than answering a page. One row per server process, so that
-- nobody waits for anybody.
create table users_living_count (
  process integer primary key,
  living bigint not null
) with (fillfactor = 50);
comment on table users_living_count is 'The sum is the number of users that are not deleted; kept by triggers.';

insert into users_living_count select pg_backend_pid(), count(*) from users where presence in ('active', 'disabled');

create function note_living(difference bigint) returns void language sql as $$
  insert into users_living_count as held values (pg_backend_pid(), difference)
  on conflict (process) do update set living = held.living + difference
$$;

create function count_living() returns trigger language plpgsql as $$
declare difference bigint := 0;
begin
  if tg_op in ('INSERT', 'UPDATE') then
    select count(*) into difference from after_it where presence in ('active', 'disabled');
  end if;
  if tg_op in ('UPDATE', 'DELETE') then
    difference := difference - (select count(*) from before_it where presence in ('active', 'disabled'));
  end if;
  if difference <> 0 then
    perform note_living(difference);
  end if;
  return null;
end $$;

create trigger users_counted_insert after insert on users referencing new table as after_it for each statement execute function count_living();
create trigger users_counted_update after update on users referencing old table as before_it new table as after_it for each statement execute function count_living();
create trigger users_counted_delete after delete on users referencing old table as before_it for each statement execute function count_living();
