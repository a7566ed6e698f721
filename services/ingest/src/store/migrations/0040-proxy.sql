-- The accounts of each system as the proxy API shows them: last seen at the target, overlaid with what was accepted and is not applied yet (L10).
create table proxy_account (
  system              text        not null,
  -- ours, what callers use; known before the target answers, and never changes
  id                  uuid        not null,
  -- key on the topic of observations; null: never seen yet
  account_key         text,
  user_id             uuid,
  -- last seen
  generation          bigint,
  account_generation  bigint,
  observed            jsonb,
  -- accepted since
  overlay             jsonb,
  overlay_generation  bigint,
  covering            bigint,
  -- the two together; null: no account
  view                jsonb,
  user_name_key       text,
  email_key           text,
  display_key         text,
  members_of          text[]      not null default '{}',
  -- the account under whose id this one goes on: two rows turned out to be one
  alias_of            uuid,
  created_at          timestamptz not null default now(),
  modified_at         timestamptz not null default now(),
  primary key (system, id)
) with (fillfactor = 85);
create unique index proxy_account_key on proxy_account (system, account_key) where account_key is not null;
create unique index proxy_account_user on proxy_account (system, user_id) where user_id is not null;
create index proxy_account_shown on proxy_account (system, id) where view is not null;
create index proxy_account_user_name on proxy_account (system, user_name_key) where view is not null;
create index proxy_account_email on proxy_account (system, email_key) where view is not null and email_key is not null;
create index proxy_account_display on proxy_account (system, display_key) where view is not null and display_key is not null;
create index proxy_account_modified on proxy_account (system, modified_at) where view is not null;
create index proxy_account_members on proxy_account using gin (members_of) where view is not null;
comment on table proxy_account is 'A read model: filled from observations and requests; the requests themselves stand in users.requested.';

-- What each system can give, as it was seen last.
create table proxy_entitlement (
  system       text        not null,
  id           uuid        not null,
  key          text        not null,
  generation   bigint      not null,
  target_id    text,
  type         text,
  value        text,
  display      text,
  shown        boolean     not null,
  created_at   timestamptz not null default now(),
  modified_at  timestamptz not null default now(),
  primary key (system, id)
);
create unique index proxy_entitlement_key on proxy_entitlement (system, key);
create index proxy_entitlement_value on proxy_entitlement (system, type, value) where shown;
