create table token_key (
  id text primary key,
  secret bytea not null,
  created_at timestamptz not null default now()
);
comment on table token_key is 'Keys that sign the tokens of the token endpoint, shared by all instances. A new one each day; two days later it is gone.';
