alter table users add column if not exists requested_only boolean not null default false;
comment on column users.requested_only is 'The person is known only through requests for single systems, so rules open no account.';
